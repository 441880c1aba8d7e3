#pragma once

#include <string>
#include <string_view>

#include "rules/result.h"

namespace revisitd::collectors {

// The page formats a scrape can bring.
enum class ExpositionFormat {
  prometheus,   // text 0.0.4
  openmetrics,  // OpenMetrics 1.0 text
  protobuf,     // messages io.prometheus.client.MetricFamily, each behind its length
};

// What a scrape asks for, the daemon's and the command's alike: a client library answers with
// another page (other names) where UTF-8 names are not offered.
inline constexpr const char* kExpositionAccept =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

// What a page of protobuf is called, and as what it is asked for.
inline constexpr const char* kProtobufType =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
inline constexpr const char* kProtobufAccept =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
    "escaping=allow-utf-8";

// With native histograms, which text pages cannot hold, asked for ahead of those.
std::string accept_native_histograms();

// "prometheus", "openmetrics" or "protobuf": the spelling of `--format`.
std::string_view exposition_format_name(ExpositionFormat format);

// Chooses the parser by the answer's Content-Type alone, never by what was asked for: some servers
// send OpenMetrics whatever Accept says, and under any version. A missing or unknown type is taken
// for `otherwise` (Prometheus' fallback_scrape_protocol), and so is HTML, the default of many a web
// framework: whether the page is one, its first bytes tell. Protobuf of another message or
// encoding than kProtobufType is an error that says so.
Result<ExpositionFormat> exposition_format_of(
    std::string_view content_type, ExpositionFormat otherwise = ExpositionFormat::prometheus);

// Whether the text begins as a page of protobuf does: with the name of a family.
bool looks_like_protobuf(std::string_view text);

// Whether the answer calls itself a web page.
bool is_html_type(std::string_view content_type);

}  // namespace revisitd::collectors
