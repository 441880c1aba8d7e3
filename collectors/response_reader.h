#pragma once

#include <memory>
#include <string_view>

#include "collectors/http_client.h"

namespace revisitd::collectors {

// Bytes of a connection in, one response out: framing, limits, encodings and the caller's sink,
// without any I/O. The request must outlive the reader.
class ResponseReader {
 public:
  // The most a response's head, a chunk's head or the trailers may take; the caller's buffer needs
  // no more.
  static constexpr std::size_t kMaxHeadBytes = 8192;

  explicit ResponseReader(const FetchRequest& request);
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  enum class State {
    more,    // hand over what feed() did not consume, followed by more bytes
    done,    // take response()
    failed,  // take error()
  };

  // Returns how many bytes were consumed; nothing consumed of a full buffer of kMaxHeadBytes means
  // too large, which state() then says.
  std::size_t feed(std::string_view bytes);
  // The peer ended the stream.
  void finish();

  [[nodiscard]] State state() const;
  // After `done`: whether the connection may serve another request. False too when the body was
  // cut.
  [[nodiscard]] bool reusable() const;
  // Whether any byte has arrived.
  [[nodiscard]] bool started() const;
  [[nodiscard]] FetchError error() const;
  FetchResponse take_response();

 private:
  class Parser;
  struct Intake;
  struct Inner;

  std::unique_ptr<Inner> inner_;
};

}  // namespace revisitd::collectors
