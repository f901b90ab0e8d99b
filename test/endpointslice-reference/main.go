// What does the published EndpointSlice library do with a given state? Reads one state per line, answers one line.
// Never decides anything itself: it hands the state to k8s.io/endpointslice and writes down what the library asked for.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	corelisters "k8s.io/client-go/listers/core/v1"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/endpointslice"
	"k8s.io/endpointslice/util"
	"k8s.io/klog/v2"
)

// State is what one sync of the library looks at.
type State struct {
	Service     *v1.Service                `json:"service"`
	Pods        []*v1.Pod                  `json:"pods"`
	Nodes       []*v1.Node                 `json:"nodes"`
	Slices      []*discovery.EndpointSlice `json:"slices"`
	MaxPerSlice int32                      `json:"maxPerSlice"`
	ManagedBy   string                     `json:"managedBy"`
}

// Changes is what the library wrote, and the error it returned (a Pod on a Node that does not exist).
type Changes struct {
	Create []*discovery.EndpointSlice `json:"create"`
	Update []*discovery.EndpointSlice `json:"update"`
	Remove []string                   `json:"remove"`
	Error  string                     `json:"error,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	library := newLibrary()
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		fail(err)
		var state State
		fail(json.Unmarshal(line, &state))
		answer, err := json.Marshal(library.sync(&state))
		fail(err)
		_, err = out.Write(append(answer, '\n'))
		fail(err)
		fail(out.Flush())
	}
}

// A library holds the one fake client, whose writes are only written down.
type library struct {
	client  *fake.Clientset
	changes *Changes
}

func newLibrary() *library {
	l := &library{client: fake.NewSimpleClientset()}
	l.client.PrependReactor("*", "endpointslices", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return true, l.writeDown(action), nil
	})
	return l
}

func (l *library) writeDown(action clienttesting.Action) runtime.Object {
	switch write := action.(type) {
	case clienttesting.UpdateActionImpl:
		slice := write.GetObject().(*discovery.EndpointSlice).DeepCopy()
		l.changes.Update = append(l.changes.Update, slice)
		return slice
	case clienttesting.CreateActionImpl:
		slice := write.GetObject().(*discovery.EndpointSlice).DeepCopy()
		l.changes.Create = append(l.changes.Create, slice)
		return slice
	case clienttesting.DeleteActionImpl:
		l.changes.Remove = append(l.changes.Remove, write.GetName())
	}
	return nil
}

func (l *library) sync(state *State) *Changes {
	l.changes = &Changes{Create: []*discovery.EndpointSlice{}, Update: []*discovery.EndpointSlice{}, Remove: []string{}}
	nodes := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	for _, node := range state.Nodes {
		fail(nodes.Add(node))
	}
	reconciler := endpointslice.NewReconciler(
		l.client,
		corelisters.NewNodeLister(nodes),
		state.MaxPerSlice,
		util.NewEndpointSliceTracker(),
		nil, // no topology cache: hints by annotation need the CPUs of every node, and we leave them out
		record.NewFakeRecorder(100),
		state.ManagedBy,
		endpointslice.WithPreferSameTrafficDistributionEnabled(true),
	)
	err := reconciler.Reconcile(klog.Logger{}, state.Service, state.Pods, state.Slices, time.Time{})
	if err != nil {
		l.changes.Error = err.Error()
	}
	return l.changes
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
