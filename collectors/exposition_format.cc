#include "collectors/exposition_format.h"

#include <algorithm>
#include <cstdint>
#include <protozero/exception.hpp>
#include <protozero/varint.hpp>
#include <string>

namespace revisitd::collectors {
namespace {

constexpr std::uint64_t kNameTag = 1 << 3 | 2;  // field 1, a string

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

std::string media_type(std::string_view content_type) {
  return lower(trim(content_type.substr(0, content_type.find(';'))));
}

// The value of a parameter of the type, without its quotes; "" where it is missing.
std::string parameter(std::string_view content_type, std::string_view name) {
  for (std::size_t at = content_type.find(';'); at != std::string_view::npos;) {
    const std::size_t next = content_type.find(';', at + 1);
    const std::string_view part = content_type.substr(at + 1, next - at - 1);
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos && lower(trim(part.substr(0, equals))) == name) {
      std::string_view value = trim(part.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      return std::string(value);
    }
    at = next;
  }
  return "";
}

bool is_ours(std::string_view value, std::string_view ours) {
  return value.empty() || value == ours;
}

}  // namespace

std::string_view exposition_format_name(ExpositionFormat format) {
  switch (format) {
    case ExpositionFormat::prometheus:
      return "prometheus";
    case ExpositionFormat::openmetrics:
      return "openmetrics";
    case ExpositionFormat::protobuf:
      return "protobuf";
  }
  return "";
}

std::string accept_native_histograms() {
  return std::string(kProtobufAccept) + ";q=0.7," + kExpositionAccept;
}

Result<ExpositionFormat> exposition_format_of(std::string_view content_type,
                                              ExpositionFormat otherwise) {
  const std::string type = media_type(content_type);
  if (type == "application/openmetrics-text") return ExpositionFormat::openmetrics;
  if (type == "text/plain") return ExpositionFormat::prometheus;
  if (type == "application/vnd.google.protobuf") {
    if (is_ours(parameter(content_type, "proto"), "io.prometheus.client.MetricFamily") &&
        is_ours(parameter(content_type, "encoding"), "delimited"))
      return ExpositionFormat::protobuf;
    return Error{"this kind of protobuf is not read, expected " + std::string(kProtobufType)};
  }
  return otherwise;
}

bool looks_like_protobuf(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  try {
    const std::uint64_t family = protozero::decode_varint(&at, end);
    if (family > static_cast<std::uint64_t>(end - at)) return false;
    if (protozero::decode_varint(&at, end) != kNameTag) return false;
    const std::uint64_t name = protozero::decode_varint(&at, end);
    return name > 0 && name < family && static_cast<unsigned char>(*at) > ' ';
  } catch (const protozero::exception&) {
    return false;
  }
}

bool is_html_type(std::string_view content_type) {
  const std::string type = media_type(content_type);
  return type == "text/html" || type == "application/xhtml+xml";
}

}  // namespace revisitd::collectors
