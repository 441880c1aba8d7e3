#pragma once

#include "collectors/http_client.h"
#include "collectors/scrape_target.h"

namespace revisitd::collectors {

// What a target is asked, with the headers that Prometheus sends and this one's own limits; who
// takes the page is for the caller to add. The error says why the credentials cannot be had.
Result<FetchRequest> scrape_request(const ScrapeTargetSpec& spec);

}  // namespace revisitd::collectors
