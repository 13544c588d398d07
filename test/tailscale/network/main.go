// A tailnet for tests, all of it in one process: Tailscale's own control server for tests, a DERP relay and a STUN server, on loopback.
//
// It prints one line of JSON with the address of the control server, then obeys commands on its standard input, one JSON object a line, and
// answers each with a line. It ends when its standard input does.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http/httptest"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
	"tailscale.com/derp/derpserver"
	"tailscale.com/net/stun"
	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/key"
	"tailscale.com/types/logger"
)

const loopback = "127.0.0.1"

// command is what a test asks for. Node is a stable id; a field that is not there changes nothing.
type command struct {
	Do              string   `json:"do"`
	Node            string   `json:"node"`
	Count           int      `json:"count"`
	Is              bool     `json:"is"`
	URL             string   `json:"url"`
	IsOnline        *bool    `json:"isOnline"`
	LastSeenAtMs    *int64   `json:"lastSeenAtMs"`
	KeyExpiresAtMs  *int64   `json:"keyExpiresAtMs"`
	IsKeyExpired    bool     `json:"isKeyExpired"`
	Tags            []string `json:"tags"`
	AdvertisedRoute string   `json:"advertisedRoute"`
}

// node is what a test is told of one.
type node struct {
	ID       string `json:"id"`
	HostName string `json:"hostName"`
}

func main() {
	log.SetOutput(os.Stderr)
	raiseLoopback()
	control := &testcontrol.Server{
		DERPMap:         derpMap(serveDERP(), serveSTUN()),
		MagicDNSDomain:  "tailnet.test",
		PeerRelayGrants: true,
		Logf:            logger.Discard,
	}
	control.HTTPTestServer = httptest.NewServer(control)
	answer(map[string]string{"url": control.HTTPTestServer.URL})

	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked command
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			log.Fatalf("no command: %v", err)
		}
		obey(control, asked)
	}
}

func obey(control *testcontrol.Server, asked command) {
	switch asked.Do {
	case "nodes":
		nodes := []node{}
		for _, each := range control.AllNodes() {
			nodes = append(nodes, node{ID: string(each.StableID), HostName: hostName(each)})
		}
		answer(nodes)
		return
	case "update":
		update(control, asked)
	case "expire":
		control.SetExpireAllNodes(asked.Is)
	case "require-login":
		control.RequireAuth = asked.Is
	case "log-in":
		answer(control.CompleteAuth(asked.URL))
		return
	case "add-fake-nodes":
		for index := range asked.Count {
			control.UpdateNode(fakeNode(index))
		}
	default:
		log.Fatalf("unknown command %q", asked.Do)
	}
	answer(true)
}

func update(control *testcontrol.Server, asked command) {
	for _, each := range control.AllNodes() {
		if string(each.StableID) != asked.Node {
			continue
		}
		if asked.IsOnline != nil {
			each.Online = asked.IsOnline
		}
		if asked.LastSeenAtMs != nil {
			at := time.UnixMilli(*asked.LastSeenAtMs).UTC()
			each.LastSeen = &at
		}
		if asked.KeyExpiresAtMs != nil {
			each.KeyExpiry = time.UnixMilli(*asked.KeyExpiresAtMs).UTC()
		}
		if asked.IsKeyExpired {
			each.Expired = true
		}
		if asked.Tags != nil {
			each.Tags = asked.Tags
		}
		control.UpdateNode(each)
		if asked.AdvertisedRoute != "" {
			control.SetSubnetRoutes(each.Key, []netip.Prefix{netip.MustParsePrefix(asked.AdvertisedRoute)})
		}
		return
	}
	log.Fatalf("there is no node %q", asked.Node)
}

// fakeNode is a machine that is not there, with all that the control server would know of one.
func fakeNode(index int) *tailcfg.Node {
	number := index + 10_000
	name := fmt.Sprintf("fake-%d", number)
	address := netip.AddrFrom4([4]byte{100, 100, byte(number >> 8), byte(number)})
	addresses := []netip.Prefix{netip.PrefixFrom(address, address.BitLen())}
	isOnline := index%3 > 0
	return &tailcfg.Node{
		ID:                tailcfg.NodeID(number),
		StableID:          tailcfg.StableNodeID(fmt.Sprintf("nFake%dCNTRL", number)),
		Name:              name + ".tailnet.test.",
		User:              1,
		Key:               key.NewNode().Public(),
		Machine:           key.NewMachine().Public(),
		DiscoKey:          key.NewDisco().Public(),
		MachineAuthorized: true,
		Addresses:         addresses,
		AllowedIPs:        addresses,
		HomeDERP:          1,
		Online:            &isOnline,
		Hostinfo:          (&tailcfg.Hostinfo{OS: "linux", Hostname: name}).View(),
	}
}

func hostName(each *tailcfg.Node) string {
	if !each.Hostinfo.Valid() {
		return ""
	}
	return each.Hostinfo.Hostname()
}

// raiseLoopback switches on the only interface of a new network namespace: nothing that is sent there can leave it.
func raiseLoopback() {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		log.Fatal(err)
	}
	request.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		log.Fatalf("this must run in a network namespace of its own: %v", err)
	}
	interfaces, err := net.Interfaces()
	if err != nil || len(interfaces) != 1 {
		log.Fatalf("this must run in a network namespace of its own: %d interfaces, %v", len(interfaces), err)
	}
}

// serveDERP relays packets between those who find no straight way, and gives its port.
func serveDERP() int {
	relay := httptest.NewTLSServer(derpserver.Handler(derpserver.New(key.NewNode(), logger.Discard)))
	return relay.Listener.Addr().(*net.TCPAddr).Port
}

// serveSTUN tells everybody their own address, and gives its port.
func serveSTUN() int {
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(loopback)})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		buffer := make([]byte, 2048)
		for {
			size, from, err := socket.ReadFromUDPAddrPort(buffer)
			if err != nil {
				log.Fatal(err)
			}
			if request, err := stun.ParseBindingRequest(buffer[:size]); err == nil {
				_, _ = socket.WriteToUDPAddrPort(stun.Response(request, from), from)
			}
		}
	}()
	return socket.LocalAddr().(*net.UDPAddr).Port
}

func derpMap(derpPort, stunPort int) *tailcfg.DERPMap {
	relay := &tailcfg.DERPNode{
		Name: "1a", RegionID: 1, HostName: loopback, IPv4: loopback, IPv6: "none",
		DERPPort: derpPort, STUNPort: stunPort, STUNTestIP: loopback, InsecureForTests: true,
	}
	region := &tailcfg.DERPRegion{RegionID: 1, RegionCode: "test", RegionName: "Test", Nodes: []*tailcfg.DERPNode{relay}}
	return &tailcfg.DERPMap{Regions: map[int]*tailcfg.DERPRegion{1: region}}
}

func answer(value any) {
	line, err := json.Marshal(value)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := fmt.Println(string(line)); err != nil {
		log.Fatal(err)
	}
}
