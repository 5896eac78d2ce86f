// Writes what a Filecoin node needs from outside, out of the released lotus module's own build package: actor bundles,
// the genesis of the network this program is built for (mainnet; calibrationnet with -tags calibnet) and the manifests of the
// proof parameters.
//
//	go run . OUT
package main

import (
	"fmt"
	"os"
	"path/filepath"

	actorstypes "github.com/filecoin-project/go-state-types/actors"
	"github.com/filecoin-project/lotus/build"
	"github.com/filecoin-project/lotus/build/buildconstants"
)

// The networks whose bundles we run; a version that a network never had is left out.
var bundles = []string{"mainnet", "calibrationnet", "devnet", "testing-fake-proofs"}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: assets OUT-FOLDER")
		os.Exit(2)
	}
	if err := writeAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

func writeAll(out string) error {
	for _, meta := range build.EmbeddedBuiltinActorsMetadata {
		if err := writeBundle(out, meta.Network, meta.Version); err != nil {
			return err
		}
	}
	network := buildconstants.NetworkBundle
	genesis := build.MaybeGenesis()
	if len(genesis) == 0 {
		return fmt.Errorf("the module has no genesis for %s", network)
	}
	if err := write(genesis, out, "genesis", network+".car"); err != nil {
		return err
	}
	if err := write(build.ParametersJSON(), out, "parameters.json"); err != nil {
		return err
	}
	return write(build.SrsJSON(), out, "srs-inner-product.json")
}

func writeBundle(out, network string, version actorstypes.Version) error {
	for _, wanted := range bundles {
		if wanted != network {
			continue
		}
		car, ok := build.GetEmbeddedBuiltinActorsBundle(version, network)
		if !ok {
			return fmt.Errorf("the module lists a bundle v%d for %s but does not hold it", version, network)
		}
		return write(car, out, "bundles", fmt.Sprintf("%s-v%d.car", network, version))
	}
	return nil
}

// write replaces the file as a whole, so that an interrupted run leaves no part of one.
func write(data []byte, parts ...string) error {
	path := filepath.Join(parts...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
