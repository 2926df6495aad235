#!/sbin/openrc-run
# Written by `dossier service install`.

description='dossier: client folders and client portals in step'
supervisor=supervise-daemon
# OpenRC takes the words of this line apart once more: hence the quotation marks within.
command=/usr/bin/env
command_args='HOME='\''/var/lib/dossier'\'' USER='\''dossier'\'' LOGNAME='\''dossier'\'' '\''/usr/bin/dossier'\'' run --config '\''/etc/dossier/dossier.toml'\'''
command_user='dossier:dossier'
supervise_daemon_args="--umask 027"
pidfile="/run/${RC_SVCNAME}.pid"
output_log="/var/log/${RC_SVCNAME}.log"
error_log="/var/log/${RC_SVCNAME}.log"
respawn_delay=10
respawn_max=0
# Ten seconds to end in order, and a little to say so.
retry="TERM/12/KILL/5"
extra_started_commands="reload"

depend() {
	need localmount
	use net dns logger netmount
	after bootmisc
}

start_pre() {
	checkpath --directory --mode 0700 --owner 'dossier:dossier' '/var/lib/dossier' &&
		checkpath --file --mode 0640 --owner 'dossier:dossier' "$output_log"
}

reload() {
	ebegin "Reloading ${RC_SVCNAME}"
	supervise-daemon "${RC_SVCNAME}" --signal HUP
	eend $?
}
