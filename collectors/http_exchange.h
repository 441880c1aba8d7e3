#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "collectors/connection_pool.h"
#include "collectors/deadline.h"
#include "collectors/http_client.h"
#include "collectors/prepared_request.h"
#include "collectors/read_buffers.h"
#include "collectors/resolver.h"
#include "collectors/response_reader.h"
#include "collectors/shared_copies.h"
#include "collectors/tls_contexts.h"

// What the HTTP client is made of: one request on its way, whoever waits for it.
namespace revisitd::collectors {

// A fetch as long as it lives.
struct UnderWay
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  explicit UnderWay(const Deadlines& all) : deadline(all) {}

  Deadline deadline;
};

// What all fetches of one client share; each fetch keeps it alive.
struct ClientShared {
  ClientShared(boost::asio::any_io_executor where, HttpClientOptions wanted);

  boost::asio::any_io_executor executor;
  HttpClientOptions options;
  Resolver resolver;
  ConnectionPool pool;
  ReadBuffers buffers;
  TlsContexts tls;
  SharedCopies<RequestRest> rests;  // of repeated requests
  Deadlines deadlines;
  boost::intrusive::list<UnderWay, boost::intrusive::constant_time_size<false>> under_way;
  bool cancelled = false;
};

// The answer as it comes in. A peer that is silent costs no memory, and those that talk all fill
// the same few buffers, which the processor has at hand.
class Hearing {
 public:
  // Both must outlive it.
  Hearing(const FetchRequest& request, ReadBuffers& buffers)
      : most_(request.max_wire_bytes), reader_(request), buffers_(buffers) {}

  // Whether there is more to hear.
  [[nodiscard]] bool open() const;
  // Where to read to; never empty while it is open.
  [[nodiscard]] std::span<char> free_space();
  // What was read to there.
  void take(const IoOutcome& got);
  // Reads what a plain stream has, but not so much that others never have their turn. Then, while
  // it is open, more is to be waited for.
  void take_what_is_there(NetStream& stream);
  // How the wait for more of a plain stream ended; an error ends the hearing.
  void waited(const boost::system::error_code& error) { error_ = error; }

  [[nodiscard]] ResponseReader& reader() { return reader_; }
  [[nodiscard]] std::size_t wire_bytes() const { return wire_; }
  [[nodiscard]] const boost::system::error_code& error() const { return error_; }

 private:
  std::size_t most_;
  ResponseReader reader_;
  ReadBuffers& buffers_;
  std::optional<ReadBuffers::Lease> lease_;
  std::size_t held_ = 0;  // bytes at the lease's start that are not understood yet
  std::size_t wire_ = 0;  // all that came
  boost::system::error_code error_;
};

// One request on its way: by when it must be over, the connection it has, and what came of it.
struct Exchange : UnderWay {
  Exchange(std::shared_ptr<ClientShared> client, std::shared_ptr<const PreparedRequest> what);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  using Clock = std::chrono::steady_clock;

  // Finds the TLS context and the shelf; the error says why there can be no connection.
  std::optional<FetchError> make_ready();
  // Takes a connection that served before, if there is one and it may.
  bool take_kept();
  // Draws the outcome of a talk from what was heard.
  void conclude(const boost::system::error_code& write_error);
  // After a talk: whether the peer may have ended the kept connection before it saw the request,
  // which is then to be sent once more, on a new one.
  [[nodiscard]] bool is_stale() const;
  // Closes the connection; the next one is a new one.
  void drop_stream();
  // The end: the connection goes back where it may serve again.
  void wind_up();
  // The reason behind a failed operation: our own time limit or stop first, then what the system
  // said.
  [[nodiscard]] FetchError failed(FetchFailure failure, std::string_view phase,
                                  const std::string& why) const;

  std::shared_ptr<ClientShared> shared;
  std::shared_ptr<const PreparedRequest> asked;
  std::shared_ptr<TlsContext> tls;
  std::shared_ptr<PoolShelf> shelf;
  Clock::time_point started;
  Clock::time_point over_at;

  std::unique_ptr<PooledStream> stream;
  bool kept = false;      // the stream has served before
  bool only_new = false;  // no kept one any more
  std::optional<Hearing> hearing;

  // What came of the last talk.
  Result<FetchResponse, FetchError> outcome = FetchResponse{};
  bool answered = false;  // at least one byte came back
  bool reusable = false;
};

}  // namespace revisitd::collectors
