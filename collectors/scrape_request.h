#pragma once

#include "collectors/http_client.h"
#include "collectors/scrape_target.h"

namespace revisitd::collectors {

// What a target is asked, with the headers that Prometheus sends, those that prove who asks, and
// this one's own limits; who takes the page is for the caller to add.
FetchRequest scrape_request(const ScrapeTargetSpec& spec, const HeaderList& proof);

}  // namespace revisitd::collectors
