# Keeps a throw-away PostgreSQL cluster in the current folder, on behalf of a
# test process that may die at any moment. That process holds the other end of
# standard input: when it closes, the server is brought down and the folder
# removed.
#
# Arguments: the folder of PostgreSQL's programs, then the server's options.
# Orders, on standard input: "start", and "stop SIGNAL" for a server that runs.
# Events, on standard output: "made" or "failed" once, after the cluster has
# been created; "down" when a server and all its processes are gone.

programs=$1
shift
root=$PWD
server=

mkfifo output
if "$programs/initdb" --pgdata=data --username=postgres --auth=trust \
	--encoding=UTF8 --locale=C --no-sync >log 2>&1; then
	echo made
else
	echo failed
fi

while read -r order signal; do
	case $order in
	start)
		# Every process of the server writes to this pipe, so its end is theirs.
		{ cat <output >>log; echo down; } &
		"$programs/postgres" -D data "$@" >output 2>&1 &
		server=$!
		;;
	stop)
		kill -s "$signal" "$server"
		wait
		server=
		;;
	esac
done

if [ -n "$server" ]; then
	kill -s QUIT "$server"
	wait
fi
cd /
rm -rf "$root"
