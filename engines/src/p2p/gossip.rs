//! Gossipsub as Filecoin's nodes run it. The numbers are those that lotus gives (node/modules/lp2p/pubsub.go), since a
//! network's nodes must agree about them more or less; the score of each topic comes with the configuration.

use super::ffi::{P2pConfig, P2pTopic};
use anyhow::anyhow;
use blake2b_simd::Params;
use libp2p::gossipsub::{
    score_parameter_decay_with_base, Behaviour, ConfigBuilder, IdentTopic, IdentityTransform,
    MaxCountSubscriptionFilter, Message, MessageAuthenticity, MessageId, PeerScoreParams, PeerScoreThresholds,
    TopicScoreParams, ValidationMode, WhitelistSubscriptionFilter,
};
use libp2p::identity::Keypair;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

pub type Gossip = Behaviour<IdentityTransform, MaxCountSubscriptionFilter<WhitelistSubscriptionFilter>>;

const HOUR: Duration = Duration::from_secs(3600);
const DECAY_INTERVAL: Duration = Duration::from_secs(1);
const DECAY_TO_ZERO: f64 = 0.01;

/// None without topics: such a host only asks and answers.
pub fn make(key: &Keypair, config: &P2pConfig) -> anyhow::Result<Option<Gossip>> {
    if config.topics.is_empty() {
        return Ok(None);
    }
    let filter = MaxCountSubscriptionFilter {
        filter: WhitelistSubscriptionFilter(
            config.topics.iter().map(|topic| IdentTopic::new(&topic.name).hash()).collect(),
        ),
        max_subscribed_topics: 100,
        max_subscriptions_per_request: 100,
    };
    let settings = ConfigBuilder::default()
        .mesh_n(8)
        .mesh_n_low(6)
        .mesh_n_high(12)
        .mesh_outbound_min(3)
        .retain_scores(6)
        .gossip_lazy(12)
        .gossip_factor(0.1)
        .iwant_followup_time(Duration::from_secs(5))
        .history_length(10)
        .history_gossip(3)
        .heartbeat_interval(Duration::from_secs(1))
        .duplicate_cache_time(Duration::from_secs(120))
        .flood_publish(true)
        .validation_mode(ValidationMode::Strict)
        .validate_messages()
        .message_id_fn(message_id)
        .max_transmit_size(config.max_gossip_bytes)
        .build()?;
    let mut gossip = Gossip::new_with_subscription_filter(MessageAuthenticity::Signed(key.clone()), settings, filter)
        .map_err(|error| anyhow!("gossipsub: {error}"))?;
    gossip.with_peer_score(scores(&config.topics), thresholds()).map_err(|error| anyhow!("gossip scores: {error}"))?;
    for topic in &config.topics {
        gossip.subscribe(&IdentTopic::new(&topic.name))?;
    }
    for peer in &config.direct_peers {
        gossip.add_explicit_peer(&peer.parse()?);
    }
    Ok(Some(gossip))
}

fn message_id(message: &Message) -> MessageId {
    MessageId::new(Params::new().hash_length(32).hash(&message.data).as_bytes())
}

fn thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        gossip_threshold: -500.0,
        publish_threshold: -1000.0,
        graylist_threshold: -2500.0,
        accept_px_threshold: 1000.0,
        opportunistic_graft_threshold: 3.5,
    }
}

fn scores(topics: &[P2pTopic]) -> PeerScoreParams {
    PeerScoreParams {
        topics: topics.iter().map(|topic| (IdentTopic::new(&topic.name).hash(), topic_score(topic))).collect(),
        topic_score_cap: 0.0,
        app_specific_weight: 1.0,
        ip_colocation_factor_threshold: 5.0,
        ip_colocation_factor_weight: -100.0,
        // Many nodes of one machine are a test network, not an attack.
        ip_colocation_factor_whitelist: [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].into(),
        behaviour_penalty_threshold: 6.0,
        behaviour_penalty_weight: -10.0,
        behaviour_penalty_decay: score_parameter_decay_with_base(HOUR, DECAY_INTERVAL, DECAY_TO_ZERO),
        decay_interval: DECAY_INTERVAL,
        decay_to_zero: DECAY_TO_ZERO,
        retain_score: 6 * HOUR,
        ..PeerScoreParams::default()
    }
}

/// The parts about deliveries in the mesh (P3) are off.
fn topic_score(topic: &P2pTopic) -> TopicScoreParams {
    TopicScoreParams {
        topic_weight: topic.weight,
        time_in_mesh_weight: topic.time_in_mesh_weight,
        time_in_mesh_quantum: Duration::from_secs_f64(topic.time_in_mesh_quantum_seconds),
        time_in_mesh_cap: topic.time_in_mesh_cap,
        first_message_deliveries_weight: topic.first_deliveries_weight,
        first_message_deliveries_decay: topic.first_deliveries_decay,
        first_message_deliveries_cap: topic.first_deliveries_cap,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: topic.invalid_weight,
        invalid_message_deliveries_decay: topic.invalid_decay,
        ..TopicScoreParams::default()
    }
}
