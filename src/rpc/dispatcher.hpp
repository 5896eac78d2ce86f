#pragma once
// From a request's text to its handler: the method tables of each endpoint, the permission check, the answer's
// envelope.

#include <array>
#include <unordered_map>

#include "rpc/server.hpp"
#include "scanner.hpp"

namespace nelumbo::rpc {

/// A method with its handler; exactly one of the three is set.
struct Binding {
  MethodInfo info;
  Run run = Run::pool;
  Server::SyncHandler sync;
  Server::AsyncHandler async;
  Server::StreamHandler stream;
  std::function<Server::Schemas()> schemas;
};

/// A call that may go ahead; views point into the request's text.
struct Call {
  Envelope envelope;
  const Binding* binding = nullptr;
  Server::ParamTexts params;
};

class Dispatcher {
 public:
  /// A method of one endpoint goes before one of several: /rpc/v0 forms override.
  void add(Binding binding);
  void alias(std::string name, std::string_view method);
  bool serves(Endpoint endpoint) const { return !table(endpoint).empty(); }
  const Binding* find(Endpoint endpoint, std::string_view name) const;
  /// Whether each of the method's endpoints has it bound in this form: one of several endpoints does not stand in for one
  /// that has a form of its own.
  bool answers(const MethodInfo& method) const;
  /// Finds the method, checks the permission, cuts the parameters.
  Answer<Call> open(Envelope envelope, Endpoint endpoint, Permissions permissions) const;

  /// All bindings of an endpoint, by name.
  std::vector<const Binding*> bindings(Endpoint endpoint) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Table = std::unordered_map<std::string, std::shared_ptr<const Binding>, Hash, std::equal_to<>>;
  const Table& table(Endpoint endpoint) const;

  std::array<Table, 3> tables_;
  std::unordered_map<std::string, std::string, Hash, std::equal_to<>> aliases_;
};

/// Runs a synchronous call and appends its whole answer; gives the HTTP status.
int answer_sync(std::string& out, const Call& call, const CallContext& context);
void append_answer(std::string& out, std::string_view id, const Answer<std::string>& answer);
void append_failure(std::string& out, std::string_view id, const Failure& failure);
/// 200 for the handler's own errors, 500 and 400 for the protocol's, as go-jsonrpc does.
int http_status(const Failure& failure);

}  // namespace nelumbo::rpc
