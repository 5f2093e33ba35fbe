# Keeps a server running on behalf of a test process that may die at any moment. That
# process holds the other end of standard input: when it closes, the server is killed,
# and the folder that both servers have removed.
#
# Arguments: the folder, a file for the log, then the server and its arguments.
# Orders, on standard input: "start", and "stop SIGNAL" for a server that runs.
# Events, on standard output: "started PID", "down" when a server is gone.

root=$1
log=$2
shift 2
server=

# All of a server's processes are in a group of their own. The first of them ends the
# others, unless it has no time to.
halt() {
	if [ "$1" = KILL ]; then
		kill -s KILL -- "-$server"
	else
		kill -s "$1" "$server"
	fi
	wait "$server"
	kill -s KILL -- "-$server"
	server=
} 2>/dev/null

while read -r order signal; do
	case $order in
	start)
		setsid "$@" </dev/null >>"$log" 2>&1 &
		server=$!
		echo "started $server"
		;;
	stop)
		halt "$signal"
		echo down
		;;
	esac
done

if [ -n "$server" ]; then
	halt KILL
fi
# The other server may be writing to it until it, too, is gone.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf "$root" 2>/dev/null && break
	sleep 0.1
done
