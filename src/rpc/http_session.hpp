#pragma once
// One HTTP connection: requests in, answers out, in order; becomes a WebSocket when asked to.

#include <stop_token>

#include "http.hpp"
#include "server_state.hpp"

namespace nelumbo::rpc {

class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(std::shared_ptr<ServerState> server, IoThread& io, tcp::socket socket);
  ~HttpSession() override;

  void start() { read(); }
  void close() override;
  void sweep(SteadyTime now) override;

 private:
  /// What is left of a request's head once its body is awaited.
  struct Request {
    bool rpc = false;
    Endpoint endpoint = Endpoint::v1;
    Permissions permissions;
    size_t content_length = 0;
    bool keep_alive = true;
    bool head_only = false;  ///< HEAD: the answer's body is left out
  };
  enum class Phase { head, body, chunks };

  void read();
  void on_read(boost::system::error_code error, size_t count);
  /// Handles what has arrived, until more is needed or a call is under way.
  void process();
  bool process_head();
  bool process_body();
  bool process_chunks();
  void take_request();
  /// Reads the caller's permissions; an error is the reason for a 401.
  Result<> authorise();
  void upgrade();
  void serve_page(std::string_view path);
  void serve_static(const Page& page);

  void handle_body(std::string_view body);
  void run_single(Call& call);
  /// Runs the whole request on the pool.
  void defer(std::string body);
  void run_async(std::string body);
  void finish(int status, std::string body);
  void refuse(int status, std::string_view text);
  /// `headers`: further header lines, each with its end.
  void respond(int status, std::string_view type = "application/json", std::string_view headers = {});
  void on_written();

  std::shared_ptr<ServerState> server_;
  IoThread& io_;
  tcp::socket socket_;
  std::string in_;  ///< arrived, from offset_ on not handled
  size_t offset_ = 0;
  size_t filled_ = 0;  ///< bytes of in_ that have arrived
  std::string out_;    ///< the answer's body
  std::string head_out_;
  HttpHead head_;
  Request request_;
  std::optional<ChunkedBody> chunks_;
  Phase phase_ = Phase::head;
  bool reading_ = false, busy_ = false, closed_ = false;
  bool draining_ = false;    ///< answered for the last time; what still arrives is dropped
  std::string known_token_;  ///< the last token, checked before
  Permissions known_permissions_;
  std::stop_source stop_;
  SteadyTime active_ = std::chrono::steady_clock::now();
};

/// The answer to a whole request body, calls run one after another on the calling thread (for the pool).
struct BodyAnswer {
  int status = 200;
  std::string body;
};
BodyAnswer answer_body(ServerState& server, std::string_view body, const CallContext& context);

}  // namespace nelumbo::rpc
