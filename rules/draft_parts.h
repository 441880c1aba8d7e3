#pragma once

#include <string>
#include <string_view>

#include "rules/draft.h"
#include "rules/markdown_text.h"

// Pieces of a draft that every layout shares. Private to the draft's source files.
namespace revisitd::rules {

// What a person must fill in.
std::string to_decide(std::string_view what);

std::string evidence_table(const DraftInput& input);
// Inputs then and now, one row each.
std::string inputs_table(const DraftInput& input);
std::string assessment_table(const DraftInput& input);
std::string gate_lines(const DraftInput& input);
// "Good, because …" and "Bad, because …" for one language.
std::string option_points(const LanguageScore& language, std::string_view bullet);

// The `yaml revisit` block of the new decision, without its fence.
std::string draft_block(const DraftInput& input, const std::string& language);

}  // namespace revisitd::rules
