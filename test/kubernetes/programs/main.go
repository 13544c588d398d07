// etcd, as Kubernetes pins it: the database of the API server that is built from this module too.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
