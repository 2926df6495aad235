#!/bin/sh
### BEGIN INIT INFO
# Provides:          dossier-2
# Required-Start:    $remote_fs $network
# Required-Stop:     $remote_fs $network
# Should-Start:      $named $time
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: dossier: client folders and client portals in step
# Description:       Written by "dossier service install".
### END INIT INFO

name='dossier-2'
program='/home/anna/100% $mine & {{more}}/dossier'
config='/home/anna/50% of "Anna'\''s" {{Clients}} & $HOME\n/dossier.toml'
user='anna'
group='users'
state='/home/anna/50% of "Anna'\''s" {{Clients}} & $HOME\n/state'
pid_file=/run/$name.pid
log=/var/log/$name.log

PATH=/usr/sbin:/usr/bin:/sbin:/bin
HOME='/home/anna'
USER=$user
LOGNAME=$user
export PATH HOME USER LOGNAME
umask 027
cd /

# Told by the pid file and the program, so that a number that another process has by now is never signalled.
daemon() {
	start-stop-daemon "$@" --quiet --pidfile "$pid_file" --exec "$program"
}

running() {
	daemon --status
}

start() {
	if running; then
		echo "Running already"
		return 0
	fi
	if [ ! -x "$program" ]; then
		echo "$program is not there any more" >&2
		return 5
	fi
	if [ ! -d "$state" ]; then
		install -d -m 0700 -o "$user" -g "$group" "$state" || return 1
	fi
	if [ -e "$log" ]; then
		mv -f "$log" "$log.1"
	fi
	install -m 0640 -o "$user" -g "$group" /dev/null "$log" || return 1
	rm -f "$pid_file"
	start-stop-daemon --start --quiet --background --make-pidfile --pidfile "$pid_file" --chuid "$user:$group" \
		--umask 027 --output "$log" --startas "$program" --exec "$program" -- run --config "$config" || return 1
	if began && sleep 1 && running; then
		echo "Running"
		return 0
	fi
	rm -f "$pid_file"
	echo "It did not stay up; it said in $log:" >&2
	tail -n 5 "$log" >&2
	return 1
}

# It may take a moment until the process is the program.
began() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		running && return 0
		sleep 0.2
	done
	return 1
}

# Ten seconds to end in order, and a little to say so; what is lost by force is nothing either, but the next start must look at more.
stop() {
	daemon --stop --oknodo --retry TERM/12/KILL/5 || return 1
	rm -f "$pid_file"
	echo "Stopped"
}

status() {
	if running; then
		echo "Running, process $(cat "$pid_file")"
		return 0
	fi
	if [ -e "$pid_file" ]; then
		echo "Stopped, without having been told to; see $log"
		return 1
	fi
	echo "Stopped"
	return 3
}

case "$1" in
start | stop | status)
	"$1"
	;;
restart | force-reload)
	stop && start
	;;
try-restart)
	if running; then
		stop && start
	fi
	;;
reload)
	daemon --stop --signal HUP
	;;
*)
	echo "Usage: $0 {start|stop|restart|try-restart|reload|force-reload|status}" >&2
	exit 2
	;;
esac
