#!/bin/sh
# The life of the package on a Debian that is thrown away afterwards: packages.sh OLD.deb NEW.deb
set -eu

say() { echo "--- $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
as_dossier() { setpriv --reuid dossier --regid dossier --clear-groups env HOME=/var/lib/dossier "$@"; }
running() { for p in /proc/[0-9]*/exe; do [ "$(readlink "$p" 2>/dev/null)" != /usr/bin/dossier ] || echo "$p"; done; }
# All of a client's files but the marker, in which the service signs from time to time.
sum() { (cd "$1" && find . -type f ! -path './.dossier/*' ! -name .dossier-client -exec sha256sum {} + | sort); }
# What the portal has, it has in its folder.
until_on_portal() {
	for _ in $(seq 200); do
		! grep -rqF "$1" /tmp/portal || return 0
		sleep 0.1
	done
	cat /var/log/dossier.log
	fail "\"$1\" never came to the portal"
}
remembered() { find /var/lib/dossier/clients -name '*.db' -size +0 | grep -q .; }

# As on a computer that was started by init: services may be told something, and the run level is known.
rm -f /usr/sbin/policy-rc.d
rm -f /sbin/runlevel
printf '#!/bin/sh\necho N 2\n' >/sbin/runlevel
chmod 755 /sbin/runlevel

say install
dpkg -i "$1"
[ -z "$(running)" ] || fail "installing has started something"
[ -z "$(find /etc/systemd /etc/rc?.d \( -name 'dossier.*' -o -name '[SK]??dossier' \))" ] || fail "installing has enabled something" # another test's are called otherwise
[ "$(stat -c '%U %a' /var/lib/dossier)" = "dossier 700" ] || fail "the state's folder: $(stat -c '%U %a' /var/lib/dossier)"
systemd-analyze verify --man=no /usr/lib/systemd/system/dossier.service >/tmp/verified 2>&1 || fail "systemd: $(cat /tmp/verified)"
[ ! -s /tmp/verified ] || fail "systemd: $(cat /tmp/verified)"
for page in dossier dossier-reconcile dossier-service-install; do
	zcat "/usr/share/man/man1/$page.1.gz" | grep -q '^\.TH' || fail "no page for $page"
done
zcat /usr/share/man/man1/dossier.1.gz | grep -q 'approval needed' || fail "the page does not tell of exit codes"
bash -n /usr/share/bash-completion/completions/dossier
zcat /usr/share/doc/dossier/changelog.Debian.gz | grep -q 'New: ' || fail "no changelog"
dossier config example | cmp - /usr/share/doc/dossier/examples/dossier.toml

say use
install -d -o dossier -g dossier /srv/clients /tmp/portal
cp /usr/bin/dossier /tmp/sandbox
as_dossier /tmp/sandbox sandbox --dir /tmp/portal >/tmp/ready 2>/tmp/sandbox.log &
portal=$!
for _ in $(seq 100); do
	[ ! -s /tmp/ready ] || break
	sleep 0.1
done
field() { sed -n "s/.*\"box\":{[^}]*\"$1\":\"\([^\"]*\)\".*/\1/p" /tmp/ready; }
field token | as_dossier dossier init --config /etc/dossier/dossier.toml --yes --kind box --url "$(field url)" --token file:/etc/dossier/box.secret \
	--root /srv/clients --client "Jansen=$(field folder)"
printf '[disk]\nreserve = "0"\nreserve_percent = 0\n' >>/etc/dossier/dossier.toml # this disk is a small one
dossier service install --system --as dossier --config /etc/dossier/dossier.toml
[ -z "$(running)" ] || fail "installing the service has started it"
dossier service start
before=$(running)
[ "$(stat -c %U "${before%/exe}")" = dossier ] || fail "it runs as $(stat -c %U "${before%/exe}"), or not once: $before"
as_dossier mkdir -p /srv/clients/Jansen
as_dossier sh -c 'echo saved before the upgrade >/srv/clients/Jansen/invoice.txt'
until_on_portal "saved before the upgrade"
remembered || fail "nothing is remembered"

# A service with an init script for the program, which notes what it is told.
cat >/etc/init.d/dossier-told <<'END'
#!/bin/sh
### BEGIN INIT INFO
# Provides:          dossier-told
# Required-Start:
# Required-Stop:
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
### END INIT INFO
program='/usr/bin/dossier'
echo "$1" >>/tmp/told
END
chmod 755 /etc/init.d/dossier-told
for level in 2 3 4 5; do ln -s ../init.d/dossier-told "/etc/rc$level.d/S50dossier-told"; done

say upgrade
dpkg -i "$2"
[ "$(dpkg-query -W -f '${Version}' dossier)" = 1.1.0 ] || fail "it is $(dpkg-query -W -f '${Version}' dossier)"
[ "$(cat /tmp/told)" = try-restart ] || fail "services were told: $(cat /tmp/told)"
after=$(running)
[ -n "$after" ] || fail "the service did not come back"
[ "$after" != "$before" ] || fail "the service still is the old program"
as_dossier sh -c 'echo saved after the upgrade >/srv/clients/Jansen/invoice.txt'
until_on_portal "saved after the upgrade"
dossier service stop
[ -z "$(running)" ] || fail "the service has not stopped"
as_dossier dossier reconcile --config /etc/dossier/dossier.toml --json >/tmp/run.json
grep -q '"uploaded": *0' /tmp/run.json || fail "it was sent again: $(cat /tmp/run.json)"
grep -q '"adopted": *0' /tmp/run.json || fail "what was remembered is lost: $(cat /tmp/run.json)"

say remove
dossier service start
files=$(sum /srv/clients)
dpkg -r dossier
[ "$(tail -n 1 /tmp/told)" = stop ] || fail "services were told: $(cat /tmp/told)"
[ -z "$(running)" ] || fail "the service runs on without its program"
[ ! -e /usr/bin/dossier ] || fail "the program is still there"
remembered || fail "removing has taken what was remembered"

say purge
kill "$portal"
wait "$portal" || true
dpkg -P dossier
[ ! -e /var/lib/dossier ] || fail "purging has left what was remembered"
[ "$(sum /srv/clients)" = "$files" ] || fail "purging has touched clients' files"
[ -d /srv/clients/.dossier ] || fail "purging has taken the vault"
[ -s /etc/dossier/dossier.toml ] || fail "purging has taken the configuration"
[ -s /etc/dossier/box.secret ] || fail "purging has taken a secret"
[ "$(grep -c . /tmp/told)" = 2 ] || fail "services were told: $(cat /tmp/told)"

say "purge, with a client's folder where none should be"
dpkg -i "$2"
mkdir -p /var/lib/dossier/Clients/Jansen
echo precious >/var/lib/dossier/Clients/Jansen/file
echo '{}' >/var/lib/dossier/Clients/Jansen/.dossier-client
dpkg -P dossier
[ "$(cat /var/lib/dossier/Clients/Jansen/file)" = precious ] || fail "purging has taken a client's file"
say "all is well"
