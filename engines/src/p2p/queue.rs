//! The one queue out of which C++ takes events. Gossip is bounded in number and bytes, requests by the number served at
//! a time; what happens to connections is never lost, but what has cancelled itself out is not told.

use super::ffi::{P2pEvent, P2pEventKind};
use super::shared::lock;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

const MAX_GOSSIP: usize = 1024;
const MAX_GOSSIP_BYTES: usize = 64 << 20;

#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    events: VecDeque<P2pEvent>,
    gossip: usize,
    gossip_bytes: usize,
    closed: bool,
}

impl Queue {
    /// What became of a peer. Of each peer at most "gone, come, identified" stands in the queue.
    pub fn push_connection(&self, event: P2pEvent) {
        let mut state = lock(&self.state);
        let of_peer = |kind: P2pEventKind| {
            let peer = event.peer.clone();
            move |other: &P2pEvent| other.kind == kind && other.peer == peer
        };
        let identified = of_peer(P2pEventKind::Identified);
        if event.kind != P2pEventKind::Connected {
            state.events.retain(|other| !identified(other));
        }
        if event.kind == P2pEventKind::Disconnected {
            let before = state.events.len();
            let connected = of_peer(P2pEventKind::Connected);
            state.events.retain(|other| !connected(other));
            if state.events.len() < before {
                return;
            }
        }
        self.push(state, event);
    }

    /// False when the queue is full: the message is dropped.
    pub fn push_gossip(&self, event: P2pEvent) -> bool {
        let mut state = lock(&self.state);
        if state.gossip >= MAX_GOSSIP || state.gossip_bytes + event.data.len() > MAX_GOSSIP_BYTES {
            return false;
        }
        state.gossip += 1;
        state.gossip_bytes += event.data.len();
        self.push(state, event);
        true
    }

    /// The caller sees to the bound.
    pub fn push_request(&self, event: P2pEvent) {
        self.push(lock(&self.state), event);
    }

    fn push(&self, mut state: std::sync::MutexGuard<State>, event: P2pEvent) {
        if !state.closed {
            state.events.push_back(event);
            self.filled.notify_one();
        }
    }

    pub fn next(&self, wait: Duration) -> P2pEvent {
        let end = Instant::now() + wait;
        let mut state = lock(&self.state);
        loop {
            if let Some(event) = state.events.pop_front() {
                if event.kind == P2pEventKind::Gossip {
                    state.gossip -= 1;
                    state.gossip_bytes -= event.data.len();
                }
                return event;
            }
            let left = end.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                return P2pEvent::new(P2pEventKind::None, String::new());
            }
            state = self.filled.wait_timeout(state, left).unwrap_or_else(|poisoned| poisoned.into_inner()).0;
        }
    }

    pub fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    pub fn close(&self) {
        let mut state = lock(&self.state);
        *state = State { closed: true, ..State::default() };
        self.filled.notify_all();
    }
}

impl P2pEvent {
    pub fn new(kind: P2pEventKind, peer: String) -> Self {
        P2pEvent {
            kind,
            id: 0,
            peer,
            text: String::new(),
            inbound: false,
            protocols: vec![],
            addresses: vec![],
            data: vec![],
        }
    }
}
