#include "collectors/scrape_error.h"

#include "rules/diagnostic.h"

namespace revisitd::collectors {

ScrapeError scrape_error(const FetchError& error) {
  return {ScrapeFailure::fetch, fetch_failure_name(error.failure), error.message};
}

ScrapeError scrape_error_of_status(int status, std::string_view location) {
  const std::string code = std::to_string(status);
  std::string message = "the server answered HTTP " + code;
  if (!location.empty()) {
    message += ", a redirect to " + in_quotes(location) + " that is not followed";
  }
  return {ScrapeFailure::status, "status_" + code, message};
}

ScrapeError scrape_error_of_format(const Error& error, std::string_view content_type) {
  return {ScrapeFailure::format, "content_type",
          error.message + " (Content-Type " + in_quotes(content_type) + ")"};
}

ScrapeError scrape_error(const PageError& error, ExpositionFormat format) {
  const std::string column = std::to_string(error.place.column);
  const std::string place = format == ExpositionFormat::protobuf
                                ? "byte " + column
                                : "line " + std::to_string(error.place.line) + ", column " + column;
  return {ScrapeFailure::page, std::string(page_fault_name(error.fault)),
          place + ": " + error.message};
}

}  // namespace revisitd::collectors
