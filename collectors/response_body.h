#pragma once

#include <optional>
#include <string_view>

#include "collectors/gzip_decoder.h"
#include "collectors/http_client.h"

namespace revisitd::collectors {

// What becomes of a response's body bytes once the framing is off: decoded, counted, and handed to
// the request's sink or kept. Both arguments outlive it.
class ResponseBody {
 public:
  enum class Verdict {
    go_on,
    cut,     // enough: the rest of the body is of no interest
    failed,  // see error()
  };

  ResponseBody(const FetchRequest& request, FetchResponse& response);

  // Chooses the decoding once the head is known. `content_encoding` as sent, "" if absent.
  Verdict open(std::string_view content_encoding);
  Verdict take(std::string_view wire);
  // The framing says that this was all.
  Verdict close();

  [[nodiscard]] const FetchError& error() const { return error_; }

 private:
  bool deliver(std::string_view decoded);
  Verdict fail(FetchFailure failure, std::string message);

  const FetchRequest& request_;
  FetchResponse& response_;
  std::optional<GzipDecoder> gzip_;
  std::size_t decoded_ = 0;
  std::size_t limit_ = 0;
  bool seen_ = false;
  bool may_cut_ = false;
  bool to_sink_ = false;
  FetchError error_{FetchFailure::protocol, ""};
  Verdict stopped_ = Verdict::go_on;
};

}  // namespace revisitd::collectors
