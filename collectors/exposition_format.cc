#include "collectors/exposition_format.h"

#include <algorithm>
#include <string>

namespace revisitd::collectors {
namespace {

std::string media_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  const auto begin = content_type.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  content_type = content_type.substr(begin, content_type.find_last_not_of(" \t") + 1 - begin);
  std::string result(content_type);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

}  // namespace

std::string_view exposition_format_name(ExpositionFormat format) {
  switch (format) {
    case ExpositionFormat::prometheus:
      return "prometheus";
    case ExpositionFormat::openmetrics:
      return "openmetrics";
  }
  return "";
}

Result<ExpositionFormat> exposition_format_of(std::string_view content_type,
                                              ExpositionFormat otherwise) {
  const std::string type = media_type(content_type);
  if (type == "application/openmetrics-text") return ExpositionFormat::openmetrics;
  if (type == "text/plain") return ExpositionFormat::prometheus;
  if (type == "application/vnd.google.protobuf") {
    return Error{"protobuf metrics are not read, expected the text format or OpenMetrics"};
  }
  return otherwise;
}

bool is_html_type(std::string_view content_type) {
  const std::string type = media_type(content_type);
  return type == "text/html" || type == "application/xhtml+xml";
}

}  // namespace revisitd::collectors
