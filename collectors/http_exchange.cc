#include "collectors/http_exchange.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include "collectors/tls_context.h"

namespace revisitd::collectors {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// After as many full buffers others have their turn before the next one is read.
constexpr int kMostInARow = 8;

}  // namespace

ClientShared::ClientShared(asio::any_io_executor where, HttpClientOptions wanted)
    : executor(where),
      options(std::move(wanted)),
      resolver(where, {.ttl = options.dns_ttl, .threads = options.resolver_threads}),
      pool(options.max_idle_connections, options.idle_timeout),
      deadlines(where) {}

bool Hearing::open() const {
  return !error_ && reader_.state() == ResponseReader::State::more && wire_ <= most_;
}

std::span<char> Hearing::free_space() {
  if (!lease_) lease_.emplace(buffers_.take());
  return {lease_->data() + held_, lease_->size() - held_};
}

void Hearing::take(const IoOutcome& got) {
  wire_ += got.bytes;
  error_ = got.error;
  held_ += got.bytes;
  const std::size_t used = reader_.feed({lease_->data(), held_});
  std::copy(lease_->data() + used, lease_->data() + held_, lease_->data());
  held_ -= used;
}

void Hearing::take_what_is_there(NetStream& stream) {
  for (int full = 0; open() && full < kMostInARow; ++full) {
    const std::span<char> space = free_space();
    const std::optional<IoOutcome> got = stream.read_now(space.data(), space.size());
    if (got) take(*got);
    if (!got || got->bytes < space.size()) break;
  }
  if (held_ == 0) lease_.reset();
}

Exchange::Exchange(std::shared_ptr<ClientShared> client,
                   std::shared_ptr<const PreparedRequest> what)
    : UnderWay(client->deadlines),
      shared(std::move(client)),
      asked(std::move(what)),
      started(Clock::now()),
      over_at(started + asked->request.timeout) {
  shared->under_way.push_back(*this);
}
Exchange::~Exchange() { deadline.watch(nullptr); }

std::optional<FetchError> Exchange::make_ready() {
  if (shared->cancelled) return FetchError{FetchFailure::cancelled, "stopping"};
  if (asked->url.tls) {
    auto context = shared->tls.get(asked->request.tls.get());
    if (!context) return FetchError{FetchFailure::tls, context.error().message};
    if (tls != *context) shelf.reset();
    tls = *std::move(context);
  }
  if (shelf == nullptr) shelf = shared->pool.shelf(asked->pool_key(tls ? tls->number : 0));
  return std::nullopt;
}

bool Exchange::take_kept() {
  if (only_new || !asked->request.keep_alive) return false;
  stream = shared->pool.take(*shelf, started);
  kept = stream != nullptr;
  return kept;
}

void Exchange::conclude(const error_code& write_error) {
  ResponseReader& reader = hearing->reader();
  const error_code& error = hearing->error();
  if (error == asio::error::eof && !write_error) reader.finish();
  answered = hearing->wire_bytes() > 0;
  reusable = false;
  if (reader.state() == ResponseReader::State::done) {
    FetchResponse response = reader.take_response();
    response.wire_bytes = hearing->wire_bytes();
    outcome = std::move(response);
    reusable = reader.reusable() && !error && !write_error;
  } else if (reader.state() == ResponseReader::State::failed) {
    outcome = failed(reader.error().failure, "read from", reader.error().message);
  } else if (hearing->wire_bytes() > asked->request.max_wire_bytes) {
    outcome = FetchError{FetchFailure::too_large,
                         "read from " + asked->url.origin() + ": more than " +
                             std::to_string(asked->request.max_wire_bytes) + " bytes"};
  } else if (write_error) {
    outcome = failed(FetchFailure::connect, "write to", write_error.message());
  } else {
    outcome = failed(FetchFailure::truncated, "read from", error.message());
  }
  hearing.reset();
}

bool Exchange::is_stale() const {
  return kept && !outcome && !answered && asked->may_repeat() && !deadline.cancelled() &&
         Clock::now() < over_at;
}

void Exchange::drop_stream() {
  deadline.watch(nullptr);
  stream.reset();
  kept = false;
  only_new = true;
}

void Exchange::wind_up() {
  deadline.watch(nullptr);
  const auto now = Clock::now();
  if (outcome) outcome->elapsed = std::chrono::duration_cast<Duration>(now - started);
  if (outcome && reusable && asked->request.keep_alive && !shared->cancelled)
    shared->pool.give(shelf, std::move(stream), now);
}

FetchError Exchange::failed(FetchFailure failure, std::string_view phase,
                            const std::string& why) const {
  const std::string where = std::string(phase) + " " + asked->url.origin() + ": ";
  if (deadline.cancelled()) return {FetchFailure::cancelled, where + "stopping"};
  if (Clock::now() >= over_at) {
    return {FetchFailure::timeout,
            where + "not done within " + format_duration(asked->request.timeout)};
  }
  return {failure, where + why};
}

}  // namespace revisitd::collectors
