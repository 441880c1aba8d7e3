#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace revisitd::collectors {

// A gzip stream decoded piece by piece; the checksum and length at its end are verified. Holds some
// 45 KiB while it lives. Several gzip members in a row are one body, as RFC 1952 has it.
class GzipDecoder {
 public:
  enum class State {
    more,     // fine so far; the stream is not at its end
    done,     // at the end of a member, checksum right
    broken,   // not gzip, damaged, or a wrong checksum
    stopped,  // the sink returned false
  };
  // Takes decoded bytes in pieces of at most 16 KiB; false stops.
  using Sink = std::function<bool(std::string_view)>;

  GzipDecoder();
  ~GzipDecoder();
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  State feed(std::string_view input, const Sink& sink);
  // What the last feed() returned; `more` before the first.
  [[nodiscard]] State state() const { return state_; }

 private:
  struct Inflater;

  State inflate_some(const Sink& sink);

  std::unique_ptr<Inflater> inflater_;
  State state_ = State::more;
};

}  // namespace revisitd::collectors
