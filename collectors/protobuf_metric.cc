#include "collectors/protobuf_metric.h"

#include "collectors/protobuf_wire.h"

namespace revisitd::collectors {
namespace {

// The field of a Metric message where its values are.
protozero::pbf_tag_type payload_of(MetricType type) {
  switch (type) {
    case MetricType::gauge:
      return 2;
    case MetricType::counter:
      return 3;
    case MetricType::summary:
      return 4;
    case MetricType::unknown:
    case MetricType::info:
    case MetricType::stateset:
      return 5;
    case MetricType::histogram:
    case MetricType::gaugehistogram:
      return 7;
  }
  return 0;
}

void read_label(protozero::pbf_reader field, ProtobufMetric& out) {
  LabelView label;
  while (field.next()) {
    switch (field.tag_and_type()) {
      case bytes_field(1): {
        const protozero::data_view name = field.get_view();
        label.name = {name.data(), name.size()};
        break;
      }
      case bytes_field(2): {
        const protozero::data_view value = field.get_view();
        label.value = {value.data(), value.size()};
        break;
      }
      default:
        skip_unknown(field, 2);
    }
  }
  out.labels.push_back(label);
}

// Of a counter, a gauge or an untyped metric.
void read_value(protozero::pbf_reader field, ProtobufMetric& out) {
  while (field.next()) {
    if (field.tag_and_type() == double_field(1)) {
      out.value = field.get_double();
    } else {
      skip_unknown(field, 1);
    }
  }
}

void read_quantile(protozero::pbf_reader field, ProtobufMetric& out) {
  ProtobufMetric::Point quantile;
  while (field.next()) {
    switch (field.tag_and_type()) {
      case double_field(1):
        quantile.key = field.get_double();
        break;
      case double_field(2):
        quantile.value = field.get_double();
        break;
      default:
        skip_unknown(field, 2);
    }
  }
  out.points.push_back(quantile);
}

void read_summary(protozero::pbf_reader field, ProtobufMetric& out) {
  while (field.next()) {
    switch (field.tag_and_type()) {
      case varint_field(1):
        out.count = field.get_uint64();
        break;
      case double_field(2):
        out.sum = field.get_double();
        break;
      case bytes_field(3):
        read_quantile(field.get_message(), out);
        break;
      default:
        skip_unknown(field, 3);
    }
  }
}

void read_bucket(protozero::pbf_reader field, ProtobufMetric& out) {
  ProtobufMetric::Point bucket;
  double as_float = 0;
  while (field.next()) {
    switch (field.tag_and_type()) {
      case varint_field(1):
        bucket.value = static_cast<double>(field.get_uint64());
        break;
      case double_field(2):
        bucket.key = field.get_double();
        break;
      case bytes_field(3):  // an exemplar
        field.skip();
        break;
      case double_field(4):
        as_float = field.get_double();
        break;
      default:
        skip_unknown(field, 4);
    }
  }
  if (as_float > 0) bucket.value = as_float;
  out.points.push_back(bucket);
}

void read_histogram(protozero::pbf_reader field, bool native, ProtobufMetric& out) {
  while (field.next()) {
    switch (field.tag_and_type()) {
      case varint_field(1):
        out.count = field.get_uint64();
        break;
      case double_field(2):
        out.sum = field.get_double();
        break;
      case bytes_field(3):
        read_bucket(field.get_message(), out);
        break;
      case double_field(4):
        out.count_float = field.get_double();
        break;
      default:
        if (native && out.native.take(field)) break;
        skip_unknown(field, native ? 14 : 4);
    }
  }
}

void read_payload(protozero::pbf_reader field, MetricType type, bool native, ProtobufMetric& out) {
  switch (type) {
    case MetricType::unknown:
    case MetricType::counter:
    case MetricType::gauge:
    case MetricType::info:
    case MetricType::stateset:
      return read_value(field, out);
    case MetricType::summary:
      return read_summary(field, out);
    case MetricType::histogram:
    case MetricType::gaugehistogram:
      return read_histogram(field, native, out);
  }
}

void read_fields(std::string_view message, MetricType type, bool native, ProtobufMetric& out) {
  const protozero::pbf_tag_type payload = payload_of(type);
  protozero::pbf_reader field(message.data(), message.size());
  while (field.next()) {
    switch (field.tag_and_type()) {
      case bytes_field(1):
        read_label(field.get_message(), out);
        break;
      case bytes_field(2):
      case bytes_field(3):
      case bytes_field(4):
      case bytes_field(5):
      case bytes_field(7):
        if (field.tag() == payload) {
          read_payload(field.get_message(), type, native, out);
        } else {
          field.skip();
        }
        break;
      case varint_field(6):
        out.timestamp_ms = field.get_int64();
        break;
      default:
        skip_unknown(field, 7);
    }
  }
}

}  // namespace

void ProtobufMetric::clear() {
  labels.clear();
  timestamp_ms = 0;
  value = 0;
  count = 0;
  count_float = 0;
  sum = 0;
  points.clear();
  native.clear();
}

double ProtobufMetric::observations() const {
  return count_float > 0 ? count_float : static_cast<double>(count);
}

MessageStatus read_metric(std::string_view message, MetricType type, bool native,
                          ProtobufMetric& out) {
  out.clear();
  try {
    read_fields(message, type, native, out);
  } catch (const protozero::exception&) {
    return MessageFault{PageFault::syntax,
                        "expected a metric, found a field that is broken or of another wire type"};
  }
  return Ok{};
}

}  // namespace revisitd::collectors
