# SPDX-License-Identifier: GPL-2.0-only
"""What "run" has measured: lines "KIND SERIES COUNT NUMBER". Knows names, judges nothing."""

# As they come in tables.
OPERATIONS = {
    'shmat+shmdt': 'shmat + shmdt',
    'fork+exit,attached': 'fork + exit, a segment attached',
    'shmget+IPC_RMID': 'shmget + IPC_RMID',
    'mq_open+close': 'mq_open + close',
    'mq_open+close+unlink,new': 'mq_open + close + unlink, a new queue',
    'fork+exit': 'fork + exit, nothing attached',
    'pipe,write+read': 'write + read, a pipe',
    'mmap+munmap': 'mmap + munmap',
    'open+close': 'open + close, a file',
}
UNPROBED = ('pipe,write+read', 'mmap+munmap', 'open+close')
PROBED = tuple(name for name in OPERATIONS if name not in UNPROBED)
STATES = {
    'floor': 'empty probes',
    'loaded': 'ipclens',
    'event': 'its events on',
    'facts': 'bpftrace, same facts',
    'snoop': 'bpftrace, snoop',
    'perf-trace': 'perf trace',
    'graph': 'function graph',
    'absent-again': 'nothing, again',
}

# These print what they have seen when they like, which no operation alone tells.
PRINTERS = {'snoop', 'perf-trace'}


class Results(dict):
    """Numbers by (kind, series, count), in the order in which they were measured."""

    def __init__(self, path):
        super().__init__()
        with open(path, encoding='utf-8') as lines:
            for line in lines:
                kind, *series, count, number = line.split()
                self[kind, ' '.join(series), count] = float(number)

    def added(self, state, operation):
        """What a state adds to an operation."""
        kind = 'mean' if state in PRINTERS else 'probe'
        return self[kind, state, operation] - self[kind, 'absent', operation]

    def series(self, kind):
        return list(dict.fromkeys(key[1] for key in self if key[0] == kind))

    def counts(self, kind, series):
        return [key[2] for key in self if key[:2] == (kind, series)]
