"""Ollama and Tailscale: what they were recorded to answer, and Ollama's process."""
import json
import re
from datetime import datetime

from owners import owner, pids_of_unit
from tree import big

ours = {  # field of the wire: variable of Ollama, and how it reads
    "host": ("OLLAMA_HOST", str), "origins": ("OLLAMA_ORIGINS", lambda text: text.split(",")), "keepAlive": ("OLLAMA_KEEP_ALIVE", str),
    "parallelCount": ("OLLAMA_NUM_PARALLEL", int), "maximumLoadedModelCount": ("OLLAMA_MAX_LOADED_MODELS", int),
    "contextLengthTokens": ("OLLAMA_CONTEXT_LENGTH", int), "isFlashAttentionEnabled": ("OLLAMA_FLASH_ATTENTION", lambda text: text == "1"),
}


def answer(tree, service, question, **more):
    for entry in tree.recording.get("services", []):
        request = entry["request"]
        if request["service"] == service and request["question"] == question and all(request[key] == each for key, each in more.items()):
            return json.loads(tree.text("/.nodekeeper/" + entry["answer"]["textFile"]))
    return None


def moment(text):
    """RFC 3339 with any number of digits, in ms; the zero time of Go is none."""
    if not text or text.startswith("0001-"):
        return None
    whole, fraction, zone = re.fullmatch(r"(.{19})(\.\d+)?(Z|[+-]\d\d:\d\d)", text).groups()
    seconds = datetime.fromisoformat(whole + zone.replace("Z", "+00:00")).timestamp()
    return big(int(seconds) * 1000 + int(float(fraction or 0) * 1000))


def extract(tree, report):
    ollama(tree, report)
    tailscale(tree, report)


def ollama(tree, report):
    said = answer(tree, "ollama", "version")
    if said is None:
        report.absent("ollama_server")
        report.absent("ollama_endpoint")
        return
    server = next(pid for pid in pids_of_unit(tree, "ollama.service") if b"serve" in tree.bytes(f"/proc/{pid}/cmdline"))
    variables = dict(each.split("=", 1) for each in tree.text(f"/proc/{server}/environ").split("\0") if each)
    unit = "".join(tree.text(f"/etc/systemd/system/ollama.service.d/{name}") for name in tree.names("/etc/systemd/system/ollama.service.d"))
    in_unit = dict(re.findall(r"\b(OLLAMA_\w+)=([^\s\"]+)", unit))
    differs = any(variables.get(name) != in_unit.get(name) for name, _ in ours.values())
    listening = [f"[::]:{int(port, 16)}" for port in re.findall(r"^ +\d+: 0{32}:(\w{4}) \S+ 0A ", tree.text("/proc/1/net/tcp6"), re.M)]
    report.ok("ollama_server", "", {
        "version": said["version"], "isRunning": True, "owner": owner(tree, server), "unit": "ollama.service", "listening": listening,
        "settings": {field: read(variables[name]) for field, (name, read) in ours.items() if name in variables},
        "settingsSource": "process", "isRestartNeeded": differs,
    })
    report.ok("ollama_endpoint", "", {"addresses": listening})
    for model in answer(tree, "ollama", "tags")["models"]:
        shown = answer(tree, "ollama", "show", model=model["name"])
        part = lambda name: shown["model_info"].get(f"{shown['model_info']['general.architecture']}.{name}")
        report.ok("ollama_model", model["name"], {
            "digest": model["digest"], "sizeBytes": big(model["size"]), "modifiedAtUnixMs": moment(model["modified_at"]),
            "family": model["details"]["family"], "parameterSize": model["details"]["parameter_size"],
            "quantization": model["details"]["quantization_level"], "capabilities": shown["capabilities"],
            "maximumContextLengthTokens": part("context_length"),
            "embeddingLengthDimensions": part("embedding_length") if "embedding" in shown["capabilities"] else None,
            "isRemote": "remote_host" in model, "layerCount": part("block_count"), "keyValueHeadCount": part("attention.head_count_kv"),
            "keyLengthDimensions": part("attention.key_length"), "valueLengthDimensions": part("attention.value_length"),
            "weightsDigest": re.search(r"^FROM .*/sha256-(\w+)$", shown["modelfile"], re.M)[1],
        })
    for model in answer(tree, "ollama", "ps")["models"]:
        report.ok("ollama_loaded_model", model["name"], {
            "digest": model["digest"], "sizeBytes": big(model["size"]), "sizeVramBytes": big(model["size_vram"]),
            "contextLengthTokens": model["context_length"], "expiresAtUnixMs": moment(model["expires_at"]), "isKept": False,
        })


def tailscale(tree, report):
    said = answer(tree, "tailscale", "status")
    if said is None:
        report.absent("tailscale")
        return
    peers, me = list((said["Peer"] or {}).values()), said["Self"]
    dot = lambda text: text.rstrip(".")
    active = [peer for peer in peers if peer["Active"]]
    path = lambda peer: "" if not peer["Active"] else "DIRECT" if peer["CurAddr"] else "PEER_RELAY" if peer["PeerRelay"] else "DERP"
    report.ok("tailscale", "", {
        "backendState": said["BackendState"], "version": said["Version"], "hasTun": said["TUN"], "stableId": me["ID"], "hostName": me["HostName"],
        "dnsName": dot(me["DNSName"]), "addresses": me["TailscaleIPs"], "tags": me.get("Tags"), "keyExpiresAtUnixMs": moment(me.get("KeyExpiry")),
        "isKeyExpired": me.get("Expired", False), "isOnline": me["Online"], "homeRegion": me["Relay"], "healthMessages": said["Health"],
        "tailnet": said["CurrentTailnet"]["Name"], "dnsSuffix": said["CurrentTailnet"]["MagicDNSSuffix"], "isExitNodeOffered": me["ExitNodeOption"],
        "isLoginPending": said["AuthURL"] != "",
    }, {"peers_total": len(peers), "online_peers_total": sum(peer["Online"] for peer in peers), "active_peers_total": len(active),
        "direct_peers_total": sum(path(peer) == "DIRECT" for peer in active),
        "relayed_peers_total": sum(path(peer) in ("DERP", "PEER_RELAY") for peer in active)})
    for peer in peers:
        way = path(peer)
        samples = {"receive_bytes_total": peer["RxBytes"], "transmit_bytes_total": peer["TxBytes"], "is_active": int(peer["Active"])}
        if peer["Active"]:
            samples["is_direct"] = int(way == "DIRECT")
        report.ok("tailscale_peer", peer["ID"], {
            "hostName": peer["HostName"], "dnsName": dot(peer["DNSName"]), "operatingSystem": peer["OS"], "addresses": peer["TailscaleIPs"],
            "tags": peer.get("Tags"), "isOnline": peer["Online"], "path": f"TAILSCALE_PATH_{way}" if way else None,
            "pathDetail": {"DIRECT": peer["CurAddr"], "PEER_RELAY": peer["PeerRelay"].split(":vni")[0], "DERP": peer["Relay"], "": None}[way],
            "homeRegion": peer["Relay"], "keyExpiresAtUnixMs": moment(peer.get("KeyExpiry")), "isKeyExpired": peer.get("Expired", False),
            "lastSeenAtUnixMs": moment(peer["LastSeen"]), "isExitNode": peer["ExitNode"], "isWatched": False,
        }, samples)
