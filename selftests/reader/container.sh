#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Which container a control group is that of, by the names that the runtimes give them.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

ID=$(printf '%s' 0123456789ab cdef0123456789abcdef0123456789abcdef0123456789abcdef)
OTHER=$(printf '%s' fedcba987654 cdef0123456789abcdef0123456789abcdef0123456789abcdef)
POD=8dbc5577-d0e2-4706-8787-57d52c03ddf2
POD_UNIT=8dbc5577_d0e2_4706_8787_57d52c03ddf2

# print FORMAT [WORD]: what the reader makes of that goes to $WORK/out
print() {
	[ -x ./container_print ] || skip 'container_print is not built'
	# shellcheck disable=SC2059
	printf "$@" | ./container_print >"$WORK/out"
}

# expect KIND NAME POD: of the last one
expect() {
	head -n 3 "$WORK/out" >"$WORK/first"
	mv "$WORK/first" "$WORK/out"
	printf '%s\n%s\n%s\n' "$@" | expect_output
}

# expect_path PATH KIND NAME [POD]: with and without other lines around it
expect_path() {
	path=$1
	shift
	for text in '0::%s' '0::%s\n' \
		'12:pids:/user.slice\n4:memory:%s\n1:name=systemd:/init.scope\n0::/\n'; do
		print "$text" "$path"
		sed -n 5p "$WORK/out" >"$WORK/path"
		[ "$(cat "$WORK/path")" = "$path" ] || fail "path is $(cat "$WORK/path")"
		expect "$1" "$2" "${3:--}"
	done
}

test_docker() {
	expect_path "/system.slice/docker-$ID.scope" docker 0123456789ab
	expect_path "/docker/$ID" docker 0123456789ab
	expect_path "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-$ID.scope" \
		docker 0123456789ab
	expect_path "/system.slice/docker-$ID.scope/init.scope" docker 0123456789ab
	expect_path "/../docker-$ID.scope" docker 0123456789ab
}

test_podman() {
	expect_path "/machine.slice/libpod-$ID.scope" podman 0123456789ab
	expect_path "/machine.slice/libpod-$ID.scope/container" podman 0123456789ab
	expect_path "/libpod_parent/libpod-$ID" podman 0123456789ab
	expect_path "/libpod_parent/$OTHER/libpod-$ID" podman 0123456789ab
	expect_path "/machine.slice/machine-libpod_pod_$OTHER.slice/libpod-$ID.scope/container" \
		podman 0123456789ab
	expect_path "/system.slice/web.service/libpod-payload-$ID" podman 0123456789ab
}

test_kubernetes() {
	expect_path "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod$POD_UNIT.slice/cri-containerd-$ID.scope" \
		containerd 0123456789ab "$POD"
	expect_path "/kubepods.slice/kubepods-pod$POD_UNIT.slice/crio-$ID.scope" cri-o 0123456789ab "$POD"
	expect_path "/kubepods.slice/kubepods-pod$POD_UNIT.slice/crio-$ID.scope/container" \
		cri-o 0123456789ab "$POD"
	expect_path "/kubepods.slice/kubepods-pod$POD_UNIT.slice/docker-$ID.scope" \
		docker 0123456789ab "$POD"
	expect_path "/kubepods/besteffort/pod$POD/$ID" kubernetes 0123456789ab "$POD"
	expect_path "/kubepods/pod${ID%????????????????????????????????}/crio-$ID" \
		cri-o 0123456789ab "${ID%????????????????????????????????}"
	expect_path "/system.slice/containerd.service/kubepods-burstable-pod$POD_UNIT.slice:cri-containerd:$ID" \
		containerd 0123456789ab "$POD"
}

test_others() {
	expect_path "/system.slice/nerdctl-$ID.scope" containerd 0123456789ab
	expect_path "/default/$ID" unknown 0123456789ab
	expect_path "/lxc.payload.web-1" lxc web-1
	expect_path "/lxc.payload.web-1/system.slice/cron.service" lxc web-1
	expect_path "/lxc/101/ns/init.scope" lxc 101
	expect_path "/lxc.payload/web-1" lxc web-1
	expect_path "/pod1/$ID" unknown 0123456789ab
	expect_path "/machine.slice/systemd-nspawn@debian.service/payload" nspawn debian
	expect_path '/machine.slice/machine-my\x2dbox.scope' machine my-box
	expect_path '/machine.slice/machine-a\x2gb\x00.scope' machine 'a\x2gb\x00'
}

# The container that this machine knows is the one around the others.
test_nested() {
	expect_path "/docker/$ID/kubelet.slice/kubepods-pod$POD_UNIT.slice/cri-containerd-$OTHER.scope" \
		docker 0123456789ab
	expect_path "/lxc.payload.outer/system.slice/docker-$OTHER.scope" lxc outer
}

test_none() {
	for path in / /init.scope /user.slice/user-0.slice/session-1.scope \
		/system.slice/docker.service "/system.slice/docker-${ID%?}.scope" \
		"/system.slice/docker-${ID}0.scope" "/docker/${ID%?}g" "/system.slice/docker$ID.scope" \
		"/machine.slice/libpod-conmon-$ID.scope" "/crio-conmon-$ID.scope" \
		/lxc.monitor.web-1 '/machine.slice/machine-qemu\x2d1\x2dvm.scope' \
		/other.slice/machine-box.scope /lxc.payload. "/lxc/$ID$ID" /libpod_parent/$OTHER \
		/kubepods.slice/kubepods-pod$POD_UNIT.slice /machine.slice/machine-.scope; do
		print '0::%s\n' "$path"
		[ "$(sed -n 5p "$WORK/out")" = "$path" ] || fail "path of $path differs"
		expect - - -
	done
}

test_words() {
	print "0::/docker/$ID\n"
	[ "$(sed -n 4p "$WORK/out")" = 'docker container 0123456789ab' ] || fail 'docker'
	print "0::/default/$ID\n"
	[ "$(sed -n 4p "$WORK/out")" = 'container 0123456789ab' ] || fail 'unknown'
	print "0::/machine.slice/machine-box.scope\n"
	[ "$(sed -n 4p "$WORK/out")" = 'machine box' ] || fail 'machine'
}

# expect_line PATH TEXT: that path of these
expect_line() {
	print "$2"
	[ "$(sed -n 5p "$WORK/out")" = "$1" ] || fail "path is not $1: $(cat "$WORK/out")"
}

# Which line tells most, in any order, with equal ones in that of the file.
test_lines() {
	expect_line /c '1:memory:/a\n1:name=systemd:/b\n0::/c\n'
	expect_line /c '0::/c\n1:name=systemd:/b\n1:memory:/a\n'
	expect_line /b '0::/\n2:cpu:/a\n1:name=systemd:/b\n'
	expect_line /a '0::/\n3:cpu:/a\n2:memory:/d\n1:name=systemd:/\n'
	expect_line / '3:cpu:/\n0::/\n'
	expect_line "/docker/$ID" "3:cpu:/a\n2:pids:/docker/$ID\n1:name=systemd:/b\n0::/c\n"
	expect_line '/a:b:c' '0::/a:b:c\n'
	expect_line '/a b' '0::/a b'
}

test_malformed() {
	for text in '' '\n\n' 'x' '0' '0:' '0::' '0::\n' ':' '::' ':::' '0:cpu\n' 'a b c\n'; do
		print "$text"
		[ "$text" = ::: ] || [ "$(cat "$WORK/out")" = none ] || fail "'$text' is understood"
	done
	expect_line /a 'x\n0::\n0::/a\nrubbish'
	long=$(printf '%05000d' 0)
	expect_line /a "0::/$long\n1:cpu:/a\n"
	print "0::/$long/docker/$ID\n"
	[ "$(cat "$WORK/out")" = none ] || fail 'a path that the kernel cannot print'
}

# Bytes of any kind are kept as they are, for who prints them makes them safe.
test_hostile() {
	print "0::/lxc.payload.a\\033[31m\\302\\233b\n"
	printf 'lxc\na\033[31m\302\233b\n-\n' >"$WORK/expected"
	head -n 3 "$WORK/out" | cmp - "$WORK/expected" || fail 'name differs'
}

test_process() {
	[ -x ./container_print ] || skip 'container_print is not built'
	[ -s /proc/self/cgroup ] || skip 'no control groups here'
	./container_print $$ >"$WORK/out"
	path=$(sed -n 5p "$WORK/out")
	[ "$path" ] || fail 'no path'
	grep -q ":$path\$" /proc/$$/cgroup || fail "path $path is none of this process"
	./container_print 4194999 >"$WORK/out"
	[ "$(cat "$WORK/out")" = none ] || fail 'a process that there is not'
}

TESTS="test_docker test_podman test_kubernetes test_others test_nested test_none test_words
	test_lines test_malformed test_hostile test_process"
ktap_main
