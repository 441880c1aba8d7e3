#include "collectors/response_body.h"

#include <algorithm>
#include <string>

#include "collectors/http_head.h"

namespace revisitd::collectors {
namespace {

// Of an answer that is not a success people want the reason, not the page around it.
constexpr std::size_t kMaxErrorBody = 64 * 1024;

bool is_success(int status) { return status >= 200 && status < 300; }

std::string printable(std::string_view text) {
  std::string out(text.substr(0, 40));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return out;
}

}  // namespace

ResponseBody::ResponseBody(const FetchRequest& request, FetchResponse& response)
    : request_(request), response_(response) {}

ResponseBody::Verdict ResponseBody::open(std::string_view content_encoding) {
  const bool success = is_success(response_.status);
  may_cut_ = request_.cut_body || !success;
  limit_ = success ? request_.max_body_bytes : std::min(request_.max_body_bytes, kMaxErrorBody);
  to_sink_ = request_.sink && response_.status == 200;
  if (content_encoding.empty() || same_name(content_encoding, "identity")) return Verdict::go_on;
  if (same_name(content_encoding, "gzip") || same_name(content_encoding, "x-gzip")) {
    gzip_.emplace();
    return Verdict::go_on;
  }
  if (!success) return Verdict::cut;
  return fail(FetchFailure::protocol, "content encoding \"" + printable(content_encoding) +
                                          "\" is not understood, only gzip and identity are");
}

ResponseBody::Verdict ResponseBody::take(std::string_view wire) {
  seen_ = seen_ || !wire.empty();
  if (!gzip_) return deliver(wire) ? Verdict::go_on : stopped_;
  switch (gzip_->feed(wire, [this](std::string_view piece) { return deliver(piece); })) {
    case GzipDecoder::State::more:
    case GzipDecoder::State::done:
      return Verdict::go_on;
    case GzipDecoder::State::broken:
      return fail(FetchFailure::protocol, "the gzip body is damaged");
    case GzipDecoder::State::stopped:
      return stopped_;
  }
  return Verdict::go_on;
}

ResponseBody::Verdict ResponseBody::close() {
  const bool cut_short = gzip_ && seen_ && gzip_->state() == GzipDecoder::State::more;
  if (cut_short) return fail(FetchFailure::truncated, "the gzip body ends early");
  return Verdict::go_on;
}

// False when the body must stop here; `stopped_` says how.
bool ResponseBody::deliver(std::string_view decoded) {
  const std::size_t room = limit_ - decoded_;
  const bool over = decoded.size() > room;
  if (over && !may_cut_) {
    stopped_ = fail(FetchFailure::too_large,
                    "the body is larger than " + std::to_string(limit_) + " bytes");
    return false;
  }
  const std::string_view piece = decoded.substr(0, room);
  decoded_ += piece.size();
  if (!to_sink_) {
    response_.body.append(piece);
  } else if (!piece.empty() && !request_.sink(piece)) {
    stopped_ = fail(FetchFailure::cancelled, "the reader stopped the response");
    return false;
  }
  if (over) {
    response_.body_cut = true;
    stopped_ = Verdict::cut;
  }
  return !over;
}

ResponseBody::Verdict ResponseBody::fail(FetchFailure failure, std::string message) {
  error_ = {failure, std::move(message)};
  return Verdict::failed;
}

}  // namespace revisitd::collectors
