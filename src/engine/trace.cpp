#include "trace.hpp"

#include <optional>
#include <vector>

#include "codec/cbor.hpp"
#include "crypto/bridge.hpp"
#include "types/address.hpp"

namespace nelumbo {
namespace {

using engines::TraceKind;
using Step = engines::TraceStep;

/// One call with what happened inside it.
struct Call {
  const Step* call = nullptr;
  const Step* end = nullptr;
  const Step* invoked = nullptr;
  std::vector<const Step*> charges;
  std::vector<Call> subcalls;
  std::vector<const Step*> logs;
};

/// Reads steps up to the end of the call that `out` stands for; false when the steps end before.
bool read_call(const rust::Vec<Step>& steps, size_t& at, Call& out) {
  while (at < steps.size()) {
    const Step& step = steps[at++];
    switch (step.kind) {
      case TraceKind::Gas:
        out.charges.push_back(&step);
        break;
      case TraceKind::Log:
        out.logs.push_back(&step);
        break;
      case TraceKind::Invoke:
        out.invoked = &step;
        break;
      case TraceKind::Call: {
        Call& inner = out.subcalls.emplace_back();
        inner.call = &step;
        if (!read_call(steps, at, inner)) return false;
        break;
      }
      case TraceKind::Return:
      case TraceKind::Error:
        out.end = &step;
        return true;
      default:
        break;
    }
  }
  return false;
}

/// A call that could not be dispatched has no exit code of its own; these are the ones the chain sees.
uint64_t exit_code(const Step& end) {
  if (end.kind == TraceKind::Return) return end.code;
  constexpr uint32_t kInsufficientFunds = 5, kNotFound = 6;  // FVM syscall errors
  constexpr uint64_t kSysInvalidReceiver = 5, kSysInsufficientFunds = 6, kSysAssertionFailed = 10;
  if (end.code == kInsufficientFunds) return kSysInsufficientFunds;
  if (end.code == kNotFound) return kSysInvalidReceiver;
  return kSysAssertionFailed;
}

void put_text(CborWriter& w, const rust::String& text) { w.text({text.data(), text.size()}); }
void put_bytes(CborWriter& w, const rust::Vec<uint8_t>& bytes) { w.bytes({bytes.data(), bytes.size()}); }
void put_raw(CborWriter& w, const rust::Vec<uint8_t>& bytes) { w.raw({bytes.data(), bytes.size()}); }

void put_call(CborWriter& w, const Call& call) {
  w.array(6);
  const Step& message = *call.call;
  w.array(8);
  w.bytes(Address::from_id(message.actor).bytes());
  put_bytes(w, message.address);
  put_raw(w, message.amount);
  w.uint(message.method);
  put_bytes(w, message.data);
  w.uint(message.codec);
  w.uint(message.gas);
  w.boolean(message.read_only);

  const Step& end = *call.end;
  w.array(3);
  w.uint(exit_code(end));
  put_bytes(w, end.data);
  w.uint(end.codec);

  if (call.invoked != nullptr) {
    w.array(2);
    w.uint(call.invoked->actor);
    put_raw(w, call.invoked->data);
  } else {
    w.null();
  }
  w.array(call.charges.size());
  for (const Step* charge : call.charges) {
    w.array(5);
    put_text(w, charge->text);
    for (uint64_t n : {charge->gas, charge->compute_gas, charge->other_gas, charge->nanoseconds}) w.uint(n);
  }
  w.array(call.subcalls.size());
  for (const Call& inner : call.subcalls) put_call(w, inner);
  w.array(call.logs.size());
  for (const Step* log : call.logs) put_text(w, log->text);
}

}  // namespace

Bytes trace_tree(const rust::Vec<Step>& steps) {
  // Charges made before the first call (the message's inclusion) belong to that call.
  Call top;
  size_t at = 0;
  for (; at < steps.size() && steps[at].kind != TraceKind::Call; ++at) {
    if (steps[at].kind == TraceKind::Gas) top.charges.push_back(&steps[at]);
  }
  if (at == steps.size()) return {};
  top.call = &steps[at++];
  if (!read_call(steps, at, top)) return {};
  CborWriter w;
  put_call(w, top);
  return std::move(w.out);
}

}  // namespace nelumbo
