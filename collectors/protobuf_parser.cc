#include "collectors/protobuf_parser.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "collectors/exposition_chars.h"

namespace revisitd::collectors {
namespace {

// Fields of a MetricFamily.
constexpr std::uint32_t kName = 1;
constexpr std::uint32_t kHelp = 2;
constexpr std::uint32_t kType = 3;
constexpr std::uint32_t kMetric = 4;

std::optional<MetricType> metric_type(std::int32_t number) {
  constexpr MetricType kTypes[] = {MetricType::counter,   MetricType::gauge,
                                   MetricType::summary,   MetricType::unknown,
                                   MetricType::histogram, MetricType::gaugehistogram};
  if (number < 0 || number >= static_cast<std::int32_t>(std::size(kTypes))) return std::nullopt;
  return kTypes[number];
}

MessageFault syntax(std::string message) { return {PageFault::syntax, std::move(message)}; }

bool is_name(std::string_view text) {
  return is_valid_utf8(text) && text.find('\0') == std::string_view::npos;
}

}  // namespace

ProtobufParser::ProtobufParser(SampleSink& sink, const ExpositionLimits& limits)
    : sink_(sink), limits_(limits), samples_(sink, limits) {}

PageStatus ProtobufParser::feed(std::string_view piece) {
  while (!error_) {
    switch (cutter_.next(piece)) {
      case ProtobufCutter::Step::starved:
        return Ok{};
      case ProtobufCutter::Step::field:
        take_field();
        break;
      case ProtobufCutter::Step::payload:
        take_payload();
        break;
      case ProtobufCutter::Step::end:
        begin_family();
        break;
      case ProtobufCutter::Step::broken:
        fail_field(PageFault::syntax, cutter_.fault());
        break;
    }
  }
  return *error_;
}

PageStatus ProtobufParser::finish() {
  if (!error_ && !cutter_.between_messages()) {
    const std::uint64_t missing = cutter_.missing();
    fail(PageFault::cut_off,
         "expected " +
             (missing > 0 ? std::to_string(missing) + " more bytes of a family"
                          : std::string("the rest of a family's length")) +
             ", found the end of the page",
         cutter_.taken());
  }
  if (error_) return *error_;
  return Ok{};
}

void ProtobufParser::begin_family() {
  name_.clear();
  help_.clear();
  has_help_ = false;
  type_ = 0;
  in_metrics_ = false;
}

void ProtobufParser::take_field() {
  const ProtobufCutter::Field& field = cutter_.field();
  if (field.number > kMetric) return;
  const bool number = field.number == kType;
  if (field.wire != (number ? ProtobufCutter::Wire::varint : ProtobufCutter::Wire::bytes)) {
    return fail_field(PageFault::syntax, "expected field " + std::to_string(field.number) +
                                             " of a family as " + (number ? "a number" : "bytes") +
                                             ", found wire type " +
                                             std::to_string(static_cast<int>(field.wire)));
  }
  if (in_metrics_ && (field.number == kName || field.number == kType)) {
    return fail_field(PageFault::syntax,
                      "expected a family's name and type ahead of its metrics, found one behind");
  }
  if (number) {
    type_ = static_cast<std::int32_t>(field.value);
    return;
  }
  take_bytes();
}

void ProtobufParser::take_bytes() {
  const ProtobufCutter::Field& field = cutter_.field();
  if (field.number == kHelp && in_metrics_) return;  // too late to be of use
  if (field.number == kMetric) {
    if (auto status = begin_metrics(); !status)
      return fail_field(status.error().fault, status.error().message);
    if (!family_.wanted()) return;
  }
  if (field.value <= limits_.line_bytes) return cutter_.keep();
  const char* const what = field.number == kMetric ? "metric"
                           : field.number == kName ? "metric name"
                                                   : "help text";
  fail_field(PageFault::line_too_long, "the " + std::string(what) + " is longer than " +
                                           std::to_string(limits_.line_bytes) + " bytes");
}

void ProtobufParser::take_payload() {
  const std::string_view payload = cutter_.payload();
  const std::uint32_t number = cutter_.field().number;
  if (number == kName) {
    name_.assign(payload);
  } else if (number == kHelp) {
    help_.assign(payload);
    has_help_ = true;
  } else if (auto status = samples_.take(family_, payload); !status) {
    fail_field(status.error().fault, status.error().message);
  }
}

// Ahead of a family's first metric: checks what is known of it by now, and asks the sink.
MessageStatus ProtobufParser::begin_metrics() {
  if (std::exchange(in_metrics_, true)) return Ok{};
  if (name_.empty()) return syntax("expected a family's name ahead of its metrics, found none");
  if (!is_name(name_))
    return syntax("expected a metric name in UTF-8 without NUL, found other bytes");
  const std::optional<MetricType> type = metric_type(type_);
  if (!type) return syntax("expected a metric type from 0 to 5, found " + std::to_string(type_));
  family_.begin(name_, *type, sink_);
  if (!family_.wanted()) return Ok{};
  if (family_.longest_wanted_name() > limits_.metric_name_bytes) {
    return MessageFault{
        PageFault::metric_name_too_long,
        "the metric name is longer than " + std::to_string(limits_.metric_name_bytes) + " bytes"};
  }
  if (!is_valid_utf8(help_)) return syntax("expected a help text in UTF-8, found other bytes");
  describe();
  return Ok{};
}

void ProtobufParser::describe() {
  MetadataView metadata;
  metadata.family = name_;
  metadata.line = 1;
  if (has_help_) {
    metadata.text = help_;
    sink_.metadata(metadata);
  }
  metadata.kind = MetadataView::Kind::type;
  metadata.type = family_.type;
  metadata.text = metric_type_name(family_.type);
  sink_.metadata(metadata);
}

void ProtobufParser::fail_field(PageFault fault, std::string message) {
  if (!name_.empty()) message += ", in the family " + in_quotes(name_);
  fail(fault, std::move(message), cutter_.begin());
}

void ProtobufParser::fail(PageFault fault, std::string message, std::uint64_t offset) {
  constexpr std::uint64_t kLast = std::numeric_limits<int>::max() - 1;
  error_ =
      PageError{fault, {1, static_cast<int>(std::min(offset, kLast)) + 1}, std::move(message), ""};
}

}  // namespace revisitd::collectors
