#pragma once

#include "rules/engine.h"

namespace revisitd::rules {

// From when on Engine::tick() may have something to say: before, and as long as no other step is
// taken, a tick at `now` or later changes nothing. The end of time when nothing is due at all.
TimePoint next_tick(const Engine& engine, TimePoint now);

}  // namespace revisitd::rules
