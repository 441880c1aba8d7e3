#include "daemon/request_reader.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "collectors/http_head.h"
#include "daemon/request_target.h"

namespace revisitd::daemon {
namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;
using collectors::lower_name;
using collectors::same_name;

namespace {

std::string_view std_view(string_view text) { return {text.data(), text.size()}; }

// Fields that mean one thing only: a second one is a mistake or an attack.
constexpr std::array<std::string_view, 7> kSingleFields = {
    "host",   "content-length", "transfer-encoding", "content-type", "authorization",
    "origin", "expect"};

bool is_single(std::string_view name) {
  return std::ranges::find(kSingleFields, name) != kSingleFields.end();
}

bool is_host_value(std::string_view text) {
  return !text.empty() && text.size() <= 300 && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(".-_:[]%").find(c) != std::string_view::npos;
  });
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

RefusedRequest from_beast(const error_code& error) {
  if (error == http::error::bad_version) return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  return {400, "not a proper HTTP request: " + error.message()};
}

}  // namespace

class RequestReader::Parser : public http::basic_parser<true> {
 public:
  explicit Parser(const HttpServerOptions& wanted) : options(wanted) {
    eager(true);
    header_limit(static_cast<std::uint32_t>(options.max_header_bytes));
    body_limit(boost::none);
  }

  void refuse(int status, std::string reason) {
    if (state == State::failed) return;
    state = State::failed;
    refused = {status, std::move(reason)};
  }

  // Too many bytes before the end of the head: it is the request line's fault as long as that has
  // not ended.
  void refuse_head() {
    request.path.empty() ? refuse(414, "the request line is too long")
                         : refuse(431, "the request head is too large");
  }

  const HttpServerOptions& options;
  HttpRequest request;
  RefusedRequest refused{400, ""};
  State state = State::more;
  bool head_complete = false;
  bool head_method = false;
  int http_version = 11;
  std::size_t head_bytes = 0;
  std::size_t body_wire_bytes = 0;

 private:
  void on_request_impl(http::verb verb, string_view, string_view target, int version,
                       error_code& error) override {
    http_version = version;
    if (target.size() > kMaxTargetBytes)
      return stop(error, 414, "the request target is longer than 4096 bytes");
    if (!take_method(verb)) return stop(error, 501, "this method is not implemented");
    auto parsed = parse_request_target(std_view(target));
    const bool star = parsed && parsed->path == "*" && verb != http::verb::options;
    if (!parsed || star) return stop(error, 400, "the request target is malformed");
    request.path = std::move(parsed->path);
    request.query = std::move(parsed->query);
    authority_ = std::move(parsed->authority);
  }

  bool take_method(http::verb verb) {
    head_method = verb == http::verb::head;
    const std::string_view name = std_view(http::to_string(head_method ? http::verb::get : verb));
    static constexpr std::array<std::string_view, 6> kMethods = {"GET",    "POST",  "PUT",
                                                                 "DELETE", "PATCH", "OPTIONS"};
    request.method = name;
    return std::ranges::find(kMethods, name) != kMethods.end();
  }

  void on_response_impl(int, string_view, int, error_code&) override {}

  void on_field_impl(http::field, string_view raw_name, string_view value,
                     error_code& error) override {
    if (head_complete) return;  // a trailer never changes what the head said
    if (++fields_ > kMaxFields) return stop(error, 431, "more than 64 header fields");
    if (!collectors::is_field_value(std_view(value)))
      return stop(error, 400, "a header holds control bytes");
    const std::string name = lower_name(std_view(raw_name));
    const auto [entry, fresh] = request.headers.emplace(name, std::string(std_view(value)));
    if (fresh) return;
    if (is_single(name)) return stop(error, 400, "the header " + name + " stands there twice");
    entry->second.append(", ").append(std_view(value));
  }

  void on_header_impl(error_code& error) override {
    head_complete = true;
    if (const auto why = framing_trouble(); !why.empty()) return stop(error, 400, why);
    if (!check_host()) return stop(error, 400, "exactly one well-formed Host header is needed");
    const std::string_view expect = request.header("expect");
    if (!expect.empty() && !same_name(expect, "100-continue"))
      return stop(error, 417, "this expectation is not met");
    // "Content-Length: 0" never reaches on_body_init.
    if (const auto length = content_length(); length && *length > options.max_body_bytes)
      body_too_large(error);
  }

  std::string framing_trouble() const {
    const bool length = request.headers.contains("content-length");
    if (length && !is_digits(request.header("content-length")))
      return "Content-Length is not one number";
    const auto encoding = request.headers.find("transfer-encoding");
    if (encoding == request.headers.end()) return {};
    if (length) return "Content-Length and Transfer-Encoding together";
    if (http_version < 11) return "Transfer-Encoding under HTTP/1.0";
    return same_name(encoding->second, "chunked") ? ""
                                                  : "Transfer-Encoding is not exactly \"chunked\"";
  }

  // The authority of an absolute target takes the place of Host, as RFC 9112 has it.
  bool check_host() {
    const auto host = request.headers.find("host");
    const bool given = host != request.headers.end();
    if (!given && http_version > 10) return false;
    if (given && !is_host_value(host->second)) return false;
    if (authority_.empty()) return true;
    request.headers["host"] = authority_;
    return is_host_value(authority_);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(string_view bytes, error_code& error) override {
    if (request.body.size() + bytes.size() > options.max_body_bytes) {
      body_too_large(error);
    } else {
      request.body.append(std_view(bytes));
    }
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }
  void on_finish_impl(error_code&) override {}

  void body_too_large(error_code& error) {
    stop(error, 413,
         "the request body is larger than " + std::to_string(options.max_body_bytes) + " bytes");
  }

  void stop(error_code& error, int status, std::string reason) {
    refuse(status, std::move(reason));
    error = http::error::bad_value;
  }

  std::string authority_;
  int fields_ = 0;
};

RequestReader::RequestReader(const HttpServerOptions& options)
    : parser_(std::make_unique<Parser>(options)) {}
RequestReader::~RequestReader() = default;

std::size_t RequestReader::feed(std::string_view bytes) {
  Parser& parser = *parser_;
  std::size_t used = 0;
  while (parser.state == State::more && used < bytes.size()) {
    const bool in_head = !parser.head_complete;
    error_code error;
    const std::size_t taken =
        parser.put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
    used += taken;
    if (parser.state == State::failed) return used;
    // Beast bounds what it has not consumed yet; a head of many small fields and a body of many
    // small chunks are bounded here.
    (in_head ? parser.head_bytes : parser.body_wire_bytes) += taken;
    if (error == http::error::header_limit) {
      parser.refuse_head();
    } else if (error && error != http::error::need_more) {
      const RefusedRequest why = from_beast(error);
      parser.refuse(why.status, why.reason);
    } else if (!parser.head_complete && parser.head_bytes > parser.options.max_header_bytes) {
      parser.refuse_head();
    } else if (parser.body_wire_bytes > 16 * parser.options.max_body_bytes) {
      parser.refuse(413, "the request body takes too many bytes on the wire");
    } else if (parser.is_done()) {
      parser.state = State::done;
    } else if (taken == 0 || error) {
      break;
    }
  }
  if (parser.state == State::more && used == 0 && bytes.size() >= parser.options.max_header_bytes) {
    parser.head_complete ? parser.refuse(413, "a chunk line of the request body is too long")
                         : parser.refuse_head();
  }
  return used;
}

RequestReader::State RequestReader::state() const { return parser_->state; }
bool RequestReader::started() const { return parser_->got_some(); }
bool RequestReader::head_done() const { return parser_->head_complete; }
bool RequestReader::expects_continue() const {
  return parser_->head_complete && parser_->state == State::more && parser_->http_version > 10 &&
         parser_->request.headers.contains("expect");
}
bool RequestReader::keep_alive() const {
  return parser_->state == State::done && parser_->keep_alive();
}
bool RequestReader::http10() const { return parser_->http_version < 11; }
bool RequestReader::head_only() const { return parser_->head_method; }
RefusedRequest RequestReader::refusal() const { return parser_->refused; }
HttpRequest RequestReader::take_request() { return std::move(parser_->request); }

std::string_view HttpRequest::header(std::string_view lower_name) const {
  const auto found = headers.find(std::string(lower_name));
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::string> HttpRequest::parameter(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

}  // namespace revisitd::daemon
