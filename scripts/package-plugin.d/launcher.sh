#!/bin/sh
# Starts @HELPER@ as it was built for this machine.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
machine=$(PATH=${PATH:+$PATH:}/usr/bin:/bin && exec uname -sm 2>/dev/null)
case $machine in
@CASES@
*)
    echo "@HELPER@: no executable for '$machine' in this plugin: it has @TARGETS@; ask its maker for one" >&2
    exit 1
    ;;
esac
exec "$here/$file" "$@"
