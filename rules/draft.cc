#include "rules/draft.h"

#include <algorithm>

#include "rules/draft_name.h"
#include "rules/draft_parts.h"
#include "rules/findings.h"
#include "rules/record_header.h"
#include "rules/record_markdown.h"

namespace revisitd::rules {
namespace {

struct Parts {
  const DraftInput& in;
  std::string language;
  std::string title;
  std::string date;
  std::string old_link;  // "[0007-use-python](0007-use-python.md)"
  std::string number;    // before the title, "ADR-0012: "; "" for none
};

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string old_link_of(const Decision& decision) {
  const std::string name = file_name(decision.path);
  return "[" + prose(decision.title.empty() ? decision.id : decision.title) + "](" +
         (name.find_first_of(" ()") == std::string::npos ? name : "<" + name + ">") + ")";
}

std::string language_of(const Assessment& a) {
  return a.result == AssessmentResult::leans ? a.leans : a.chosen;
}

std::string context_text(const Parts& p) {
  const Decision& d = p.in.decision;
  std::string text = prose(d.service) + (d.team.empty() ? "" : ", of team " + prose(d.team) + ",") +
                     " has run in " + title_of(d.language) + " since " + format_date(d.date) +
                     " (" + p.old_link + ")" +
                     (d.workload.empty() ? "" : "; its workload is " + d.workload) + ".";
  if (p.in.revisit != nullptr) {
    text += " A revisit is " + std::string(revisit_state_name(p.in.revisit->state)) + " since " +
            format_date(p.in.revisit->since) + ": " + prose(summary(*p.in.revisit)) + ".";
  } else {
    text += " No trigger asks for a revisit; this draft was asked for by a person.";
  }
  return text + " Measured on " + format_time(p.in.at) + ".\n";
}

std::string outcome_text(const Parts& p) {
  const Assessment& a = p.in.assessment;
  std::string text = "Proposed: " + title_of(p.language) +
                     ". On today's inputs the assessment says: " + prose(summary(a)) +
                     ", with a confidence of " + format_quantity(a.confidence, Unit::ratio) + ".";
  if (!a.missing.empty()) {
    text += " Not known, and counted for nobody:";
    for (std::size_t i = 0; i < a.missing.size(); ++i) {
      text += (i == 0 ? " " : ", ") + code(a.missing[i]);
    }
    text += ".";
  }
  return text + "\n\n" +
         to_decide("which option is taken, by whom, and the reason in one sentence") + "\n";
}

// What follows from the proposal, said by the model; what it costs to get there only people know.
std::string consequences(const Parts& p, const std::string& bullet) {
  std::string text;
  for (const LanguageScore& language : p.in.assessment.languages) {
    if (language.language == p.language) text += option_points(language, bullet);
  }
  if (p.language != p.in.decision.language) {
    text += bullet +
            to_decide("what moving from " + title_of(p.in.decision.language) + " to " +
                      title_of(p.language) + " costs, and when it is done") +
            "\n";
  }
  return text;
}

std::string options(const Parts& p, const std::string& heading, const std::string& bullet) {
  std::string text;
  for (const LanguageScore& language : p.in.assessment.languages) {
    text += heading + " " + title_of(language.language) + "\n\nScore " +
            format_quantity(language.score, Unit::number) + ".\n\n" +
            option_points(language, bullet) + "\n";
  }
  return text;
}

std::string evidence(const Parts& p, const std::string& heading) {
  std::string text;
  const auto add = [&](const char* name, const std::string& body) {
    if (!body.empty()) text += heading + " " + name + "\n\n" + body + "\n";
  };
  add("Triggers", evidence_table(p.in));
  add("Inputs then and now", inputs_table(p.in));
  add("Assessment", assessment_table(p.in) + gate_lines(p.in));
  return text;
}

std::string block(const Parts& p) {
  return "## Revisit triggers\n\n```yaml revisit\n" + draft_block(p.in, p.language) + "```\n";
}

std::string madr_body(const Parts& p) {
  std::string text = "## Context and Problem Statement\n\n" + context_text(p) + "\n" +
                     evidence(p, "###") + "## Decision Drivers\n\n";
  for (const auto& [signal, budget] : p.in.decision.envelope) {
    text += "* " + code(signal) + " within " + format_quantity(budget.value, budget.unit) + "\n";
  }
  text += "* What the team knows cold and has shipped\n* How many runtimes on-call must know\n\n";
  text += "## Considered Options\n\n";
  for (const LanguageScore& language : p.in.assessment.languages) {
    text += "* " + title_of(language.language) + "\n";
  }
  text += "\n## Decision Outcome\n\n" + outcome_text(p) + "\n### Consequences\n\n" +
          consequences(p, "* ") + "\n## Pros and Cons of the Options\n\n" + options(p, "###", "* ");
  return text;
}

std::string madr_bullets(const Parts& p) {
  return "# " + p.number + p.title + "\n\n* Status: proposed\n* Date: " + p.date +
         "\n* Deciders: " + to_decide("names") + "\n\n" + madr_body(p) +
         "## Links\n\n* Supersedes " + p.old_link + "\n\n" + block(p);
}

// The key under which MADR names who decides, as the old record has it.
std::string deciders_key(std::string_view record_text) {
  const auto front = front_matter(record_text);
  const bool older =
      front && ("\n" + std::string(front->yaml)).find("\ndeciders:") != std::string::npos;
  return older ? "deciders" : "decision-makers";
}

std::string madr_front_matter(const Parts& p) {
  return "---\nstatus: proposed\ndate: " + p.date + "\n" + deciders_key(p.in.record_text) + ": \"" +
         to_decide("names") + "\"\n---\n\n# " + p.number + p.title + "\n\n" + madr_body(p) +
         "## More Information\n\nSupersedes " + p.old_link + ".\n\n" + block(p);
}

std::string nygard(const Parts& p) {
  return "# " + p.number + p.title + "\n\nDate: " + p.date +
         "\n\n## Status\n\nProposed\n\nSupersedes " + p.old_link + "\n\n## Context\n\n" +
         context_text(p) + "\n" + evidence(p, "###") + "### Options\n\n" +
         options(p, "####", "* ") + "## Decision\n\n" + outcome_text(p) + "\n## Consequences\n\n" +
         consequences(p, "* ") + "\n" + block(p);
}

// The paths beside the old record's.
std::vector<std::string> beside(const std::vector<std::string>& paths, const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  std::vector<std::string> own;
  for (const std::string& other : paths) {
    if (other.substr(0, other.rfind('/') + 1) == folder) own.push_back(other);
  }
  return own;
}

// A second-level heading of that name, whatever ends its line.
bool has_heading(std::string_view text, std::string_view name) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (line.starts_with("## ") && trim(line.substr(3)) == name) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

RecordLayout layout_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Findings findings("", text);
  if (const auto front = front_matter(text);
      front && front->yaml.find("status:") != std::string_view::npos) {
    return RecordLayout::madr_front_matter;
  }
  if (has_heading(text, "Status") && has_heading(text, "Context") &&
      has_heading(text, "Decision")) {
    return RecordLayout::nygard;
  }
  return RecordLayout::madr_bullets;
}

Draft draft_record(const DraftInput& input) {
  Parts p{
      input, language_of(input.assessment), "", format_date(input.at), old_link_of(input.decision),
      ""};
  const bool stays = p.language == input.decision.language;
  p.title = std::string(stays ? "Keep " : "Use ") + title_of(p.language) + " for " +
            prose(input.decision.service);
  Draft draft;
  draft.language = p.language;
  draft.file = next_record_name(input.decision.id, beside(input.neighbours, input.decision.path),
                                p.title, input.at);
  p.number = next_title_number(input.decision.title, input.decision.id, draft.file);
  switch (layout_of(input.record_text)) {
    case RecordLayout::madr_bullets:
      draft.markdown = madr_bullets(p);
      break;
    case RecordLayout::madr_front_matter:
      draft.markdown = madr_front_matter(p);
      break;
    case RecordLayout::nygard:
      // The way of adr-tools, whatever the old title did.
      if (p.number.empty()) p.number = number_of_name(draft.file);
      if (!p.number.empty() && p.number.find_first_not_of("0123456789") == std::string::npos)
        p.number += ". ";
      draft.markdown = nygard(p);
      break;
  }
  return draft;
}

}  // namespace revisitd::rules
