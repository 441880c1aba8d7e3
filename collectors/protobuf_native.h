#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "collectors/exposition.h"

namespace protozero {
class pbf_reader;
}

namespace revisitd::collectors {

// What is wrong with a message.
struct MessageFault {
  PageFault fault = PageFault::syntax;
  std::string message;
};

using MessageStatus = Result<Ok, MessageFault>;

// The native part of Histogram messages: its fields as they come, then what they say together.
// Buffers are kept from one message to the next.
class ProtobufNative {
 public:
  void clear();
  // Reads the current field if it is of the native part; else leaves it alone and returns false.
  // Throws protozero::exception.
  bool take(protozero::pbf_reader& field);

  // By Prometheus' rule: what has no span, no zero threshold and nothing in the zero bucket is a
  // classic histogram alone.
  [[nodiscard]] bool present() const;
  // Checks all and replaces `out`. Empty buckets are left
  // out.
  MessageStatus build(double count, double sum, NativeHistogram& out) const;

 private:
  struct Span {
    std::int32_t offset = 0;  // of the first one the index it begins at, else behind the one before
    std::uint32_t length = 0;
  };
  // Counts are differences each to the one before where they are integers.
  struct Side {
    std::vector<Span> spans;
    std::vector<std::int64_t> deltas;
    std::vector<double> counts;

    void clear();
  };

  static Span read_span(protozero::pbf_reader field);
  static MessageStatus check_spans(const Side& side, std::size_t counts);
  static MessageStatus append_integers(const Side& side, std::vector<NativeBucket>& out);
  static MessageStatus append_floats(const Side& side, std::vector<NativeBucket>& out);
  [[nodiscard]] MessageStatus build_side(const Side& side, std::vector<NativeBucket>& out) const;
  [[nodiscard]] bool is_integer() const;
  [[nodiscard]] double zero_count() const;

  std::int32_t schema_ = 0;
  double zero_threshold_ = 0;
  std::uint64_t zero_count_ = 0;
  double zero_count_float_ = 0;
  Side negative_, positive_;
};

}  // namespace revisitd::collectors
