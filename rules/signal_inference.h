#pragma once

#include <string_view>

#include "rules/signal.h"

namespace revisitd::rules {

// Declares in `signals` what `condition` names and nobody has declared, each with the first unit
// under which the whole condition's units agree; numbers are tried first, then durations, sizes and
// shares. Where no units agree, or something else is wrong, nothing changes and Condition::parse()
// says why. For reading a record without the configuration that declares its signals.
void infer_signals(std::string_view condition, SignalTable& signals);

}  // namespace revisitd::rules
