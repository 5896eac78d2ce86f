#pragma once
// The sector state machine as data: what each state does, how long that normally takes, what an operator can do, and
// which event leads from where to where. docs/sector-states.md is written from it.

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "sealing/states.hpp"

namespace nelumbo::sealing {

/// What moves a sector on.
#define NELUMBO_SECTOR_EVENTS(X)                                                                                      \
  X(pledged)                                                                                                          \
  X(packed)                                                                                                           \
  X(ticket_drawn) X(pre_committed_1) X(pre_committed_2) X(message_sent) X(message_landed) X(message_refused)          \
      X(seed_drawn) X(proof_to_batch) X(proof_to_single) X(proof_to_finalize) X(finalized) X(finalized_to_batch)      \
          X(finalized_to_single) X(old_ticket) X(seed_changed) X(found_pre_commit) X(found_on_chain)                  \
              X(pre_commit_gone) X(failed) X(retry) X(start_over) X(prove_again) X(hopeless) X(removed) X(remove)     \
                  X(terminate) X(not_on_chain) X(terminate_final) X(marked) X(unmarked) X(upgrade_begun) X(pieces_in) \
                      X(replica_updated) X(update_proved) X(deadline_immutable) X(deadline_mutable) X(update_active)  \
                          X(key_released) X(upgrade_aborted)

enum class Event : uint8_t {
#define NELUMBO_EVENT(name) name,
  NELUMBO_SECTOR_EVENTS(NELUMBO_EVENT)
#undef NELUMBO_EVENT
};
/// "pre_committed_1".
std::string_view event_name(Event event);

/// What a state is to the rest of the miner.
enum class StateKind : uint8_t {
  work,     ///< files are worked on
  chain,    ///< the chain is asked, or an epoch is waited for
  gather,   ///< waits in a batch for its message
  message,  ///< waits for a message that was sent
  failed,   ///< examines what there is, then tries again; past its cap it waits for a person
  rest,     ///< nothing to do
  deals,    ///< belongs to deals: no step of its own
};

/// How long a sector normally stays: the parts add up.
struct NormalTime {
  std::chrono::seconds fixed{};
  std::chrono::seconds per_32_gib{};  ///< for the work on a sector of 32 GiB; in proportion for other sizes
  int64_t epochs = 0;
  bool batch_wait = false;  ///< and for as long as its batch may wait
};

struct StateRow {
  SectorState state{};
  StateKind kind{};
  NormalTime normal;      ///< of a state at rest: none
  unsigned tries = 0;     ///< of a failed state: how often the work before it is tried
  std::string_view does;  ///< one sentence
  std::string_view help;  ///< what an operator can do when it does not go on
};
/// The row of a state. Every state has one.
const StateRow& row_of(SectorState state);
std::span<const StateRow> state_rows();

struct Transition {
  SectorState from{};
  Event event{};
  SectorState to{};
};
/// All but those that hold in every state, which only next_state knows: `remove` leads to Removing from every state but
/// Removing and Removed.
std::span<const Transition> transitions();
/// Where an event leads; nullopt when it means nothing in this state.
std::optional<SectorState> next_state(SectorState from, Event event);

/// Between the ticket and the proof on the chain: these count against max_sealing.
bool is_sealing(SectorState state);
/// A step is to be made, or waited for.
bool is_active(SectorState state);

/// docs/sector-states.md.
std::string states_page();

}  // namespace nelumbo::sealing
