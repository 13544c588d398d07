"""
Stands in for the systemd-logind of systemd 255 and later on a private system bus: it hands out locks as file descriptors, says with metadata that the
machine goes down, and tells on the standard output when the last lock was given back. A line on the standard input is what the machine does:
"reboot", "power-off", or "cancel".
"""
import os
import sys

import dbus
import dbus.lowlevel
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

path = "/org/freedesktop/login1"
manager = "org.freedesktop.login1.Manager"
locks = set()


def answer(connection, message):
    if message.get_type() != 1:  # a method call
        return dbus.lowlevel.HANDLER_RESULT_NOT_YET_HANDLED
    reply = dbus.lowlevel.MethodReturnMessage(message)
    if message.get_member() == "Inhibit":
        ours, theirs = os.pipe()
        locks.add(ours)
        GLib.io_add_watch(ours, GLib.IO_HUP, released)
        reply.append(dbus.types.UnixFd(theirs), signature="h")
        os.close(theirs)
        print("locked", *[str(argument) for argument in message.get_args_list()][:2], flush=True)
    connection.send_message(reply)
    return dbus.lowlevel.HANDLER_RESULT_HANDLED


def released(lock, _):
    os.close(lock)
    locks.discard(lock)
    print("released", flush=True)
    return False


def go(*_):
    line = sys.stdin.readline()
    if line == "":
        loop.quit()
        return False
    way = line.strip()
    begins = dbus.Boolean(way != "cancel")
    details = dbus.Dictionary({"type": dbus.String(way, variant_level=1)}, signature="sv")
    emit("PrepareForShutdownWithMetadata", "ba{sv}", begins, details)
    emit("PrepareForShutdown", "b", begins)
    return True


def emit(name, signature, *arguments):
    signal = dbus.lowlevel.SignalMessage(path, manager, name)
    signal.append(*arguments, signature=signature)
    bus.send_message(signal)


DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
bus.add_message_filter(answer)
bus.request_name("org.freedesktop.login1")
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, go)
os.makedirs("/run/systemd/seats", exist_ok=True)
print("ready", flush=True)
loop = GLib.MainLoop()
loop.run()
