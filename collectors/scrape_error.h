#pragma once

#include <string>

#include "collectors/exposition.h"
#include "collectors/exposition_format.h"
#include "collectors/http_client.h"

namespace revisitd::collectors {

// Why a scrape has no samples. Each fails the scrape as a whole.
enum class ScrapeFailure {
  fetch,        // no answer: see FetchFailure
  status,       // an answer other than 200
  format,       // a Content-Type that cannot hold metrics, a web page for instance
  page,         // a page that cannot be read or is beyond a limit: see PageFault
  credentials,  // the secret cannot be read
};

struct ScrapeError {
  ScrapeFailure failure{};
  std::string
      reason;  // one word for metrics: "timeout", "status_404", "syntax", "too_many_samples", …
  std::string message;  // one line for people
};

ScrapeError scrape_error(const FetchError& error);
// `location` of a redirect, which is never followed.
ScrapeError scrape_error_of_status(int status, std::string_view location);
ScrapeError scrape_error_of_format(const Error& error, std::string_view content_type);
// `format` says whether the place is one of lines or of bytes.
ScrapeError scrape_error(const PageError& error, ExpositionFormat format);

}  // namespace revisitd::collectors
