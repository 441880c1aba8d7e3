#pragma once

#include <cstdint>
#include <span>

#include "collectors/scrape_target.h"
#include "rules/time.h"

// When in its interval a target is scraped. Scrapes begin several at a time, on a grid: waking up,
// with caches gone cold, costs as much as a small page. The grid is fine enough that a fleet stays
// spread out over the interval, and that what begins together is done at once.
namespace revisitd::collectors {

// The longest step that begins at most 48 scrapes at once, on average: 1 to 500 ms.
Duration scrape_grid(std::span<const ScrapeTargetSpec> targets);

// 0 <= phase < interval, the same for a target after every restart: the middle of one of the parts
// that the interval is divided into, at least 30 and none longer than the grid. The middle, so that
// no scrape begins where a slot ends and a millisecond would decide which of two it belongs to.
// `interval` and `grid` are at least 1 ms.
Duration scrape_phase(std::uint64_t identity, Duration interval, Duration grid);

}  // namespace revisitd::collectors
