#pragma once

#include <memory>

#include "collectors/http_client.h"

namespace revisitd::collectors {

// Answers `cgroup://` URLs with the page of that control group and hands every other request on,
// so that the scraper need not know the difference. The client behind it must outlive it.
std::unique_ptr<RepeatingClient> make_cgroup_client(RepeatingClient& behind);

}  // namespace revisitd::collectors
