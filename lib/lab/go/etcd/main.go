// etcd for the lab: the real server, built from its Go module because no prebuilt binary can be fetched here.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
