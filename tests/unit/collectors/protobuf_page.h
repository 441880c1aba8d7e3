#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/protobuf_parser.h"
#include "tests/unit/collectors/page_reading.h"

// Pages of protobuf messages in tests: page({family("a", kCounter, {metric({}, counter(1))})}).
namespace revisitd::collectors {

// A message, field by field.
class Message {
 public:
  Message& text(protozero::pbf_tag_type tag, std::string_view value) {
    writer().add_bytes(tag, value.data(), value.size());
    return *this;
  }
  Message& message(protozero::pbf_tag_type tag, const Message& value) {
    return text(tag, value.bytes);
  }
  Message& number(protozero::pbf_tag_type tag, std::uint64_t value) {
    writer().add_uint64(tag, value);
    return *this;
  }
  Message& integer(protozero::pbf_tag_type tag, std::int64_t value) {
    writer().add_sint64(tag, value);
    return *this;
  }
  Message& real(protozero::pbf_tag_type tag, double value) {
    writer().add_double(tag, value);
    return *this;
  }
  // One of each wire type that a newer schema may have added.
  Message& unknown() {
    writer().add_fixed32(100, 1);
    return number(101, 300).real(102, 1).text(103, "new");
  }

  std::string bytes;

 private:
  protozero::pbf_writer writer() { return protozero::pbf_writer(bytes); }
};

enum Type { kCounter, kGauge, kSummary, kUntyped, kHistogram, kGaugeHistogram };

inline Message label(std::string_view name, std::string_view value) {
  return Message().text(1, name).text(2, value);
}
// The payload of a metric, as the field of it that it is.
inline Message gauge(double value) { return Message().message(2, Message().real(1, value)); }
inline Message counter(double value) { return Message().message(3, Message().real(1, value)); }
inline Message untyped(double value) { return Message().message(5, Message().real(1, value)); }
inline Message summary(const Message& fields) { return Message().message(4, fields); }
inline Message histogram(const Message& fields) { return Message().message(7, fields); }

inline Message quantile(double quantile, double value) {
  return Message().real(1, quantile).real(2, value);
}
inline Message bucket(double bound, std::uint64_t count) {
  return Message().number(1, count).real(2, bound);
}
inline Message span(std::int32_t offset, std::uint32_t length) {
  return Message().integer(1, offset).number(2, length);
}

inline Message metric(std::initializer_list<Message> labels, const Message& payload) {
  Message out;
  for (const Message& label : labels) out.message(1, label);
  out.bytes += payload.bytes;
  return out;
}

inline Message family(std::string_view name, int type, std::initializer_list<Message> metrics) {
  Message out = Message().text(1, name).number(3, static_cast<std::uint64_t>(type));
  for (const Message& metric : metrics) out.message(4, metric);
  return out;
}

inline std::string page(std::initializer_list<Message> families) {
  std::string out;
  for (const Message& family : families) {
    protozero::add_varint_to_buffer(&out, family.bytes.size());
    out += family.bytes;
  }
  return out;
}

// One of each type.
inline std::string every_type() {
  const Message summary_fields = Message()
                                     .number(1, 9)
                                     .real(2, 4.5)
                                     .message(3, quantile(0.5, 0.25))
                                     .message(3, quantile(1, 2));
  const Message native_fields = Message()
                                    .number(1, 6)
                                    .real(2, 1.5)
                                    .message(3, bucket(1, 4))
                                    .integer(5, 2)
                                    .real(6, 0.001)
                                    .number(7, 1)
                                    .message(12, span(-1, 2))
                                    .integer(13, 2)
                                    .integer(13, 1);
  Message described =
      family("c", kCounter, {metric({label("x", "1"), label("y", "\n")}, counter(3))});
  described.bytes = Message().text(2, "Help, \"quoted\".").bytes + described.bytes;
  return page({described,
               family("g", kGauge, {metric({}, gauge(-1)), metric({label("x", "ü")}, gauge(2))}),
               family("s", kSummary, {metric({}, summary(summary_fields))}), Message(),
               family("u", kUntyped, {metric({}, untyped(5).number(6, 1700))}),
               family("h", kHistogram, {metric({label("x", "1")}, histogram(native_fields))}),
               family("none", kGauge, {})});
}

// Among the samples, "name{…} native schema zero±threshold, count, sum [index:count …] [negative]".
class ProtobufTranscript : public Transcript {
 public:
  void native_histogram(const SampleView& sample, const NativeHistogram& h) override {
    EXPECT_EQ(sample.value, h.count);
    std::string line = series_text(sample) + " native " + std::to_string(h.schema) + ' ' +
                       value_text(h.zero_count) + "±" + value_text(h.zero_threshold) + ", " +
                       value_text(h.count) + ", " + value_text(h.sum);
    for (const auto* side : {&h.positive, &h.negative}) {
      std::string buckets;
      for (const NativeBucket& bucket : *side)
        buckets += ' ' + std::to_string(bucket.index) + ':' + value_text(bucket.count);
      line += " [" + (buckets.empty() ? buckets : buckets.substr(1)) + ']';
    }
    samples.push_back(std::move(line));
    lines.push_back(sample.line);
  }
};

// Wants the metrics it is told, all if none; keeps what it is asked.
class ProtobufSink : public ProtobufTranscript {
 public:
  explicit ProtobufSink(std::vector<std::string> wanted = {}) : wanted_(std::move(wanted)) {}
  bool wants(std::string_view name) override {
    asked.emplace_back(name);
    return wanted_.empty() || std::find(wanted_.begin(), wanted_.end(), name) != wanted_.end();
  }

  std::vector<std::string> asked;

 private:
  std::vector<std::string> wanted_;
};

struct ProtobufPage {
  ProtobufSink seen;
  std::optional<PageError> error;
  std::size_t samples_seen = 0;

  // "column message", "" for a good page.
  std::string trouble() const {
    return error ? std::to_string(error->place.column) + ' ' + error->message : "";
  }
};

inline ProtobufPage read_protobuf_in_pieces(std::string_view bytes, std::size_t step,
                                            const ExpositionLimits& limits = {},
                                            std::vector<std::string> wanted = {}) {
  ProtobufPage page{ProtobufSink(std::move(wanted)), std::nullopt, 0};
  ProtobufParser parser(page.seen, limits);
  PageStatus status = Ok{};
  for (std::size_t at = 0; at < bytes.size() && status; at += step) {
    const std::string piece(bytes.substr(at, step));  // its own memory, gone before the next one
    status = parser.feed(piece);
  }
  if (status) status = parser.finish();
  if (!status) page.error = status.error();
  page.samples_seen = parser.samples_seen();
  return page;
}

inline ProtobufPage read_protobuf(std::string_view bytes, const ExpositionLimits& limits = {},
                                  std::vector<std::string> wanted = {}) {
  return read_protobuf_in_pieces(bytes, bytes.size() + 1, limits, std::move(wanted));
}

}  // namespace revisitd::collectors
