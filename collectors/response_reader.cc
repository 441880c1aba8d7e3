#include "collectors/response_reader.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>
#include <string>

#include "collectors/http_head.h"
#include "collectors/response_body.h"

namespace revisitd::collectors {
namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

namespace {

constexpr int kMaxFields = 64;
constexpr int kMaxInterim = 8;

std::string_view std_view(string_view text) { return {text.data(), text.size()}; }

FetchError from_beast(const error_code& error) {
  if (error == http::error::header_limit) {
    return {FetchFailure::too_large, "the response head is larger than 8 KiB"};
  }
  if (error == http::error::partial_message) {
    return {FetchFailure::truncated, "the response ends early"};
  }
  return {FetchFailure::protocol, "not a proper HTTP response: " + error.message()};
}

}  // namespace

// What outlives a single parser: interim answers each take one of their own.
struct ResponseReader::Intake {
  explicit Intake(const FetchRequest& wanted) : request(wanted), body(wanted, response) {}

  void fail(FetchFailure failure, std::string message) {
    if (state == State::failed) return;
    state = State::failed;
    error = {failure, std::move(message)};
  }

  const FetchRequest& request;
  FetchResponse response;
  ResponseBody body;
  State state = State::more;
  FetchError error{FetchFailure::protocol, ""};
  int interim = 0;
  bool reusable = false;
};

// Beast does the framing; this keeps the few fields that matter and refuses what Beast lets
// through.
class ResponseReader::Parser : public http::basic_parser<false> {
 public:
  explicit Parser(Intake& intake) : intake_(intake) {
    eager(true);
    header_limit(kMaxHeadBytes);
    body_limit(boost::none);
    skip(intake.request.method == "HEAD");
  }

  [[nodiscard]] bool interim() const { return status_ / 100 == 1; }
  [[nodiscard]] bool head_done() const { return head_done_; }
  std::size_t head_bytes = 0;

 private:
  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}

  void on_response_impl(int code, string_view, int version, error_code& error) override {
    status_ = code;
    version_ = version;
    if (code < 100 || code > 999)
      fail(error, FetchFailure::protocol, "the status is not a number from 100 to 999");
    if (code == 101) fail(error, FetchFailure::protocol, "the peer wants to switch protocols");
  }

  void on_field_impl(http::field name, string_view, string_view value, error_code& error) override {
    if (++fields_ > kMaxFields) {
      return fail(error, FetchFailure::too_large, "the response has more than 64 header fields");
    }
    if (head_done_) return;  // a trailer never changes what the head said
    FetchResponse& response = intake_.response;
    if (name == http::field::transfer_encoding) {
      if (version_ < 11 || transfer_encoded_ || !same_name(std_view(value), "chunked")) {
        return fail(error, FetchFailure::protocol,
                    "the transfer encoding is not exactly \"chunked\"");
      }
      transfer_encoded_ = true;
    } else if (name == http::field::content_encoding) {
      if (!content_encoding_.empty()) content_encoding_ += ", ";
      content_encoding_ += std_view(value);
    } else if (name == http::field::content_type) {
      response.content_type = std_view(value);
    } else if (name == http::field::retry_after) {
      response.retry_after = std::string(std_view(value));
    } else if (name == http::field::location) {
      response.location = std_view(value);
    }
  }

  void on_header_impl(error_code& error) override {
    head_done_ = true;
    if (interim()) return;
    intake_.response.status = status_;
    intake_.response.unframed = need_eof();
    if (need_eof() && intake_.request.require_framing && status_ == 200) {
      return fail(error, FetchFailure::truncated,
                  "the response has neither Content-Length nor chunks, so its end cannot be known");
    }
    if (intake_.request.on_head) intake_.request.on_head(status_, intake_.response.content_type);
    judge(intake_.body.open(content_encoding_), error);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& error) override {
    const bool hopeless = length && *length > intake_.request.max_wire_bytes &&
                          !intake_.request.cut_body && intake_.response.status / 100 == 2;
    if (hopeless) {
      fail(error, FetchFailure::too_large,
           "the response announces " + std::to_string(*length) + " bytes, more than the limit of " +
               std::to_string(intake_.request.max_wire_bytes));
    }
  }

  std::size_t on_body_impl(string_view bytes, error_code& error) override {
    judge(intake_.body.take(std_view(bytes)), error);
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }

  void on_finish_impl(error_code& error) override {
    if (!interim()) judge(intake_.body.close(), error);
  }

  void judge(ResponseBody::Verdict verdict, error_code& error) {
    switch (verdict) {
      case ResponseBody::Verdict::go_on:
        return;
      case ResponseBody::Verdict::cut:
        intake_.state = State::done;
        error = http::error::end_of_stream;
        return;
      case ResponseBody::Verdict::failed:
        fail(error, intake_.body.error().failure, intake_.body.error().message);
        return;
    }
  }

  // Any error makes the parser stop; the intake keeps the true one.
  void fail(error_code& error, FetchFailure failure, std::string message) {
    intake_.fail(failure, std::move(message));
    error = http::error::bad_value;
  }

  Intake& intake_;
  int status_ = 0;
  int version_ = 11;
  int fields_ = 0;
  bool head_done_ = false;
  bool transfer_encoded_ = false;
  std::string content_encoding_;
};

// Both in one piece of memory.
struct ResponseReader::Inner {
  explicit Inner(const FetchRequest& request) : intake(request) { parser.emplace(intake); }

  Intake intake;
  std::optional<Parser> parser;
};

ResponseReader::ResponseReader(const FetchRequest& request)
    : inner_(std::make_unique<Inner>(request)) {}
ResponseReader::~ResponseReader() = default;

std::size_t ResponseReader::feed(std::string_view bytes) {
  Intake& intake = inner_->intake;
  std::optional<Parser>& parser = inner_->parser;
  std::size_t used = 0;
  while (intake.state == State::more && used < bytes.size()) {
    const bool in_head = !parser->head_done();
    error_code error;
    const std::size_t taken =
        parser->put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
    used += taken;
    // Beast bounds what it has not consumed yet, not the head as a whole.
    if (in_head && (parser->head_bytes += taken) > kMaxHeadBytes && !parser->head_done()) {
      intake.fail(FetchFailure::too_large, "the response head is larger than 8 KiB");
    }
    if (intake.state != State::more) break;
    if (error && error != http::error::need_more) {
      const FetchError failure = from_beast(error);
      intake.fail(failure.failure, failure.message);
    } else if (parser->is_done() && parser->interim()) {
      if (++intake.interim > kMaxInterim) {
        intake.fail(FetchFailure::protocol, "more than 8 interim answers before the response");
      }
      parser.emplace(intake);
    } else if (parser->is_done()) {
      intake.state = State::done;
      intake.reusable = parser->keep_alive() && used == bytes.size();
    } else if (taken == 0 || error) {
      break;
    }
  }
  if (intake.state == State::more && used == 0 && bytes.size() >= kMaxHeadBytes) {
    intake.fail(FetchFailure::too_large,
                "a header or chunk line of the response is longer than 8 KiB");
  }
  return used;
}

void ResponseReader::finish() {
  Intake& intake = inner_->intake;
  if (intake.state != State::more) return;
  if (!started()) {
    return intake.fail(FetchFailure::truncated, "the peer closed the connection without an answer");
  }
  error_code error;
  if (inner_->parser->got_some()) {
    inner_->parser->put_eof(error);
  } else {
    error = http::error::partial_message;
  }
  if (intake.state != State::more) return;
  if (error) {
    const FetchError failure = from_beast(error);
    return intake.fail(failure.failure, failure.message);
  }
  intake.state = State::done;
}

ResponseReader::State ResponseReader::state() const { return inner_->intake.state; }
bool ResponseReader::reusable() const { return inner_->intake.reusable; }
bool ResponseReader::started() const {
  return inner_->intake.interim > 0 || inner_->parser->got_some();
}
FetchError ResponseReader::error() const { return inner_->intake.error; }
FetchResponse ResponseReader::take_response() { return std::move(inner_->intake.response); }

}  // namespace revisitd::collectors
