"""
Stands in for PID 1 on a private system bus, as far as systemd-logind and systemctl ask it: units are loaded, a target that is started is told on the
standard output, and a sleep is over when a line comes on the standard input.
"""
import sys

import dbus
import dbus.lowlevel
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

manager_path = "/org/freedesktop/systemd1"
manager = "org.freedesktop.systemd1.Manager"
job_path = manager_path + "/job/1"
jobs = []


def answer(connection, message):
    if message.get_type() != 1:  # a method call
        return dbus.lowlevel.HANDLER_RESULT_NOT_YET_HANDLED
    reply = dbus.lowlevel.MethodReturnMessage(message)
    member = message.get_member()
    if member == "Get":
        reply.append(dbus.String("loaded", variant_level=1), signature="v")
    elif member == "StartUnit":
        jobs.append(str(message.get_args_list()[0]))
        print("start", jobs[-1], flush=True)
        reply.append(dbus.ObjectPath(job_path), signature="o")
    elif member == "ListJobs":
        listed = [(1, unit, "start", "waiting", job_path, manager_path + "/unit/x") for unit in jobs]
        reply.append(listed, signature="a(usssoo)")
    connection.send_message(reply)
    return dbus.lowlevel.HANDLER_RESULT_HANDLED


def wake(*_):
    if sys.stdin.readline() == "":
        loop.quit()
        return False
    unit = jobs.pop()
    signal = dbus.lowlevel.SignalMessage(manager_path, manager, "JobRemoved")
    signal.append(1, dbus.ObjectPath(job_path), unit, "done", signature="uoss")
    bus.send_message(signal)
    return True


DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
bus.add_message_filter(answer)
bus.request_name("org.freedesktop.systemd1")
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, wake)
print("ready", flush=True)
loop = GLib.MainLoop()
loop.run()
