#include "collectors/protobuf_native.h"

#include <cmath>
#include <limits>
#include <utility>

#include "collectors/protobuf_wire.h"

namespace revisitd::collectors {
namespace {

// Float counts are sums of many roundings.
constexpr double kRounding = 1e-9;

MessageFault syntax(std::string message) { return {PageFault::syntax, std::move(message)}; }

// Calls `each` with the index of every bucket that the spans hold, in order, until it is false. The
// spans must be checked.
template <class Spans, class Each>
void for_each_index(const Spans& spans, Each each) {
  std::int64_t index = 0;
  for (const auto& span : spans) {
    index += span.offset;
    for (std::uint32_t i = 0; i < span.length; ++i) {
      if (!each(static_cast<std::int32_t>(index++))) return;
    }
  }
}

double total(const std::vector<NativeBucket>& buckets) {
  double sum = 0;
  for (const NativeBucket& bucket : buckets) sum += bucket.count;
  return sum;
}

}  // namespace

void ProtobufNative::Side::clear() {
  spans.clear();
  deltas.clear();
  counts.clear();
}

void ProtobufNative::clear() {
  schema_ = 0;
  zero_threshold_ = 0;
  zero_count_ = 0;
  zero_count_float_ = 0;
  negative_.clear();
  positive_.clear();
}

// Repeated numbers come one by one or packed, whatever the schema says.
bool ProtobufNative::take(protozero::pbf_reader& field) {
  switch (field.tag_and_type()) {
    case varint_field(5):
      schema_ = field.get_sint32();
      return true;
    case double_field(6):
      zero_threshold_ = field.get_double();
      return true;
    case varint_field(7):
      zero_count_ = field.get_uint64();
      return true;
    case double_field(8):
      zero_count_float_ = field.get_double();
      return true;
    case bytes_field(9):
    case bytes_field(12): {
      Side& side = field.tag() == 9 ? negative_ : positive_;
      side.spans.push_back(read_span(field.get_message()));
      return true;
    }
    case varint_field(10):
    case varint_field(13): {
      Side& side = field.tag() == 10 ? negative_ : positive_;
      side.deltas.push_back(field.get_sint64());
      return true;
    }
    case bytes_field(10):
    case bytes_field(13): {
      Side& side = field.tag() == 10 ? negative_ : positive_;
      for (const std::int64_t delta : field.get_packed_sint64()) side.deltas.push_back(delta);
      return true;
    }
    case double_field(11):
    case double_field(14): {
      Side& side = field.tag() == 11 ? negative_ : positive_;
      side.counts.push_back(field.get_double());
      return true;
    }
    case bytes_field(11):
    case bytes_field(14): {
      Side& side = field.tag() == 11 ? negative_ : positive_;
      for (const double count : field.get_packed_double()) side.counts.push_back(count);
      return true;
    }
    default:
      return false;
  }
}

ProtobufNative::Span ProtobufNative::read_span(protozero::pbf_reader field) {
  Span span;
  while (field.next()) {
    switch (field.tag_and_type()) {
      case varint_field(1):
        span.offset = field.get_sint32();
        break;
      case varint_field(2):
        span.length = field.get_uint32();
        break;
      default:
        skip_unknown(field, 2);
    }
  }
  return span;
}

bool ProtobufNative::present() const {
  return !negative_.spans.empty() || !positive_.spans.empty() || zero_threshold_ > 0 ||
         zero_count() > 0;
}

double ProtobufNative::zero_count() const {
  return zero_count_float_ > 0 ? zero_count_float_ : static_cast<double>(zero_count_);
}

// Of the two ways to give counts, the one that is used.
bool ProtobufNative::is_integer() const {
  return !negative_.deltas.empty() || !positive_.deltas.empty();
}

MessageStatus ProtobufNative::build(double count, double sum, NativeHistogram& out) const {
  if (schema_ < NativeHistogram::kLeastSchema || schema_ > NativeHistogram::kFinestSchema) {
    return syntax("expected a native histogram's schema from -4 to 8, found " +
                  std::to_string(schema_));
  }
  if (!std::isfinite(zero_threshold_) || zero_threshold_ < 0)
    return syntax("expected a zero threshold of 0 or more, found another");
  if (!std::isfinite(zero_count()) || !std::isfinite(count))
    return syntax("expected a finite number of observations, found another");
  if (auto status = build_side(positive_, out.positive); !status) return status;
  if (auto status = build_side(negative_, out.negative); !status) return status;
  out.schema = schema_;
  out.zero_threshold = zero_threshold_;
  out.zero_count = zero_count();
  out.count = count;
  out.sum = sum;
  const double in_buckets = total(out.positive) + total(out.negative) + out.zero_count;
  if (in_buckets <= count * (1 + kRounding)) return Ok{};
  return syntax("expected a native histogram's buckets to hold no more than its count, found more");
}

MessageStatus ProtobufNative::build_side(const Side& side, std::vector<NativeBucket>& out) const {
  out.clear();
  const std::size_t counts = is_integer() ? side.deltas.size() : side.counts.size();
  if (auto status = check_spans(side, counts); !status) return status;
  return is_integer() ? append_integers(side, out) : append_floats(side, out);
}

MessageStatus ProtobufNative::check_spans(const Side& side, std::size_t counts) {
  std::int64_t index = 0;
  std::uint64_t buckets = 0;
  for (std::size_t i = 0; i < side.spans.size(); ++i) {
    const Span& span = side.spans[i];
    if (i > 0 && span.offset < 0) {
      return syntax("expected a span behind the one before it, found the offset " +
                    std::to_string(span.offset));
    }
    index += span.offset;
    buckets += span.length;
    if (span.length > 0 && index + span.length - 1 > std::numeric_limits<std::int32_t>::max())
      return syntax("expected buckets with an index of 32 bits, found a larger one");
    index += span.length;
  }
  if (buckets == counts) return Ok{};
  return syntax("expected counts of " + std::to_string(buckets) +
                " buckets, as many as the spans have, found " + std::to_string(counts));
}

MessageStatus ProtobufNative::append_integers(const Side& side, std::vector<NativeBucket>& out) {
  std::int64_t count = 0;
  std::size_t at = 0;
  bool good = true;
  for_each_index(side.spans, [&](std::int32_t index) {
    good = !__builtin_add_overflow(count, side.deltas[at++], &count) && count >= 0;
    if (good && count > 0) out.push_back({index, static_cast<double>(count)});
    return good;
  });
  if (good) return Ok{};
  return syntax("expected bucket counts of 0 or more in 63 bits, found another");
}

MessageStatus ProtobufNative::append_floats(const Side& side, std::vector<NativeBucket>& out) {
  std::size_t at = 0;
  bool good = true;
  for_each_index(side.spans, [&](std::int32_t index) {
    const double count = side.counts[at++];
    good = std::isfinite(count) && count >= 0;
    if (good && count > 0) out.push_back({index, count});
    return good;
  });
  if (good) return Ok{};
  return syntax("expected finite bucket counts of 0 or more, found another");
}

}  // namespace revisitd::collectors
