// Uses Box's own SDK against a sandbox and prints what it saw as one JSON object. The environment names the sandbox.
const { BoxClient, BoxDeveloperTokenAuth } = require('box-node-sdk');
const { BoxCcgAuth, CcgConfig } = require('box-node-sdk');
const { NetworkSession } = require('box-node-sdk/lib/networking/network');
const { BaseUrls } = require('box-node-sdk/lib/networking/baseUrls');
const { Readable } = require('node:stream');
const crypto = require('node:crypto');

const origin = process.env.SANDBOX_URL;
const network = new NetworkSession({
  baseUrls: new BaseUrls({ baseUrl: origin, uploadUrl: origin + '/api', oauth2Url: origin + '/oauth2' }),
});
const saw = {};

async function text(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function refused(promise) {
  try {
    await promise;
    return 'taken';
  } catch (e) {
    return e.responseInfo ? e.responseInfo.statusCode + ' ' + e.responseInfo.body?.code : String(e);
  }
}

async function work(client, folder) {
  saw.me = (await client.users.getUserMe()).login;
  const sub = await client.folders.createFolder({ name: 'SDK', parent: { id: folder } });
  await client.uploads.preflightFileUploadCheck({ name: 'a.txt', size: 5, parent: { id: sub.id } });
  const up = await client.uploads.uploadFile({ attributes: { name: 'a.txt', parent: { id: sub.id } }, file: Readable.from([Buffer.from('hello')]) });
  const file = up.entries[0];
  saw.sha1 = file.sha1;
  const two = await client.uploads.uploadFileVersion(file.id, { attributes: { name: 'a.txt' }, file: Readable.from([Buffer.from('hello again')]) }, { headers: { ifMatch: file.etag } });
  saw.stale = await refused(client.uploads.uploadFileVersion(file.id, { attributes: { name: 'a.txt' }, file: Readable.from([Buffer.from('x')]) }, { headers: { ifMatch: file.etag } }));
  saw.versions = (await client.fileVersions.getFileVersions(file.id)).entries.length;
  saw.clash = await refused(client.uploads.uploadFile({ attributes: { name: 'A.TXT', parent: { id: sub.id } }, file: Readable.from([Buffer.from('x')]) }));
  saw.content = (await text(await client.downloads.downloadFile(file.id))).toString();
  saw.pinned = (await text(await client.downloads.downloadFile(file.id, { queryParams: { version: file.fileVersion.id } }))).toString();
  saw.renamed = (await client.files.updateFileById(file.id, { requestBody: { name: 'b.txt' }, headers: { ifMatch: two.entries[0].etag } })).name;

  const big = crypto.createHash('sha1').update('seed').digest();
  const body = Buffer.alloc(30 * 1000 * 1000, big);
  const chunked = await client.chunkedUploads.uploadBigFile(Readable.from([body]), 'big.bin', body.length, sub.id);
  saw.big = chunked.sha1 === crypto.createHash('sha1').update(body).digest('hex');
  saw.bigBack = Buffer.compare(await text(await client.downloads.downloadFile(chunked.id)), body) === 0;

  let marker, names = [];
  do {
    const page = await client.folders.getFolderItems(sub.id, { queryParams: { usemarker: true, limit: 1, marker } });
    names.push(...page.entries.map((e) => e.name));
    marker = page.nextMarker;
  } while (marker);
  saw.names = names;

  await client.files.deleteFileById(file.id);
  saw.gone = await refused(client.files.getFileById(file.id));
  saw.trash = (await client.trashedItems.getTrashedItems()).entries.map((e) => e.name);
  saw.restored = (await client.trashedFiles.restoreFileFromTrash(file.id)).name;
  saw.copied = (await client.files.copyFile(file.id, { name: 'c.txt', parent: { id: folder } })).name;
  const moved = await client.folders.updateFolderById(sub.id, { requestBody: { parent: { id: '0' }, name: 'SDK moved' } });
  saw.moved = moved.parent.id + '/' + moved.name;
  const request = await client.fileRequests.createFileRequestCopy(process.env.SANDBOX_REQUEST, { title: 'Papers', folder: { type: 'folder', id: folder } });
  saw.request = [request.title, request.status, (await client.fileRequests.getFileRequestById(request.id)).folder.id === folder];
  const events = await client.events.getEvents({ queryParams: { streamType: 'changes', streamPosition: '0', limit: 500 } });
  saw.events = [...new Set(events.entries.map((e) => e.eventType))].sort();
  saw.realtime = (await client.events.getEventsWithLongPolling()).entries[0].type;
  await client.folders.deleteFolderById(sub.id, { queryParams: { recursive: true } });
}

(async () => {
  await work(new BoxClient({ auth: new BoxDeveloperTokenAuth({ token: process.env.SANDBOX_TOKEN }), networkSession: network }), process.env.SANDBOX_FOLDER);
  const ccg = new BoxCcgAuth({ config: new CcgConfig({ clientId: process.env.SANDBOX_CLIENT, clientSecret: process.env.SANDBOX_SECRET, enterpriseId: process.env.SANDBOX_ENTERPRISE }) });
  saw.service = (await new BoxClient({ auth: ccg, networkSession: network }).users.getUserMe()).name;
  console.log(JSON.stringify(saw));
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
