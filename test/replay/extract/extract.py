"""
What a recorded host is, read a second time by other hands: `python3 extract.py ROOT` prints subjects and samples as JSON. It follows the comments
of proto/nodekeeper/v1 and the documentation of kernel and programs, shares nothing with the agent, and knows no more than the kept trees
need: what it does not know ends it.
"""
import json
import sys

import cluster
import disks
import gpu
import kernel_log
import machine
import network
import services
from tree import Report, Tree

tree, report = Tree(sys.argv[1]), Report()
for room in (machine, disks, kernel_log, network, gpu, services, cluster):
    room.extract(tree, report)
json.dump({"subjects": report.subjects, "samples": report.samples}, sys.stdout)
