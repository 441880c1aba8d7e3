#include "daemon/web/assessment_section.h"

#include <string>

#include "daemon/web/page.h"

namespace revisitd::daemon::web {
namespace {

using rules::Assessment;
using rules::AssessmentResult;
using rules::Criterion;
using rules::InputValue;

std::string number(double value) { return format_quantity(value, Unit::number); }

std::string value_words(const InputValue& input) {
  if (input.value) return format_quantity(input.value->value, input.value->unit);
  return input.text.empty() ? "not known" : input.text;
}

Html head_row(const Assessment& a) {
  Html html;
  html.put(R"(<tr><th scope="col">Criterion</th><th scope="col" class="num">Weight</th>)");
  for (const auto& language : a.languages)
    html.put(R"(<th scope="col">{}</th>)", language.language);
  html.put("</tr>");
  return html;
}

Html criterion_rows(const Assessment& a) {
  Html rows;
  for (std::size_t i = 0; i < a.languages.front().criteria.size(); ++i) {
    const Criterion& first = a.languages.front().criteria[i];
    rows.put(R"(<tr><th scope="row">{}</th><td data-label="Weight" class="num">{}</td>)",
             first.name, format_quantity(first.weight, Unit::ratio));
    for (const auto& language : a.languages) {
      const Criterion& c = language.criteria[i];
      rows.put(R"(<td data-label="{}"><b class="num">{}</b> <span class="of">{}</span></td>)",
               language.language, c.score ? number(*c.score) : std::string("–"), c.why);
    }
    rows.put("</tr>");
  }
  rows.put(R"(<tr><th scope="row">all</th><td></td>)");
  for (const auto& language : a.languages) {
    rows.put(R"(<td data-label="{}"><b class="num">{}</b></td>)", language.language,
             number(language.score));
  }
  rows.put("</tr>");
  return rows;
}

// Every input of every criterion, then and now, with where it is from.
Html input_rows(const Assessment& a) {
  Html rows;
  for (const auto& language : a.languages) {
    for (const Criterion& c : language.criteria) {
      for (std::size_t i = 0; i < c.now.size(); ++i) {
        const InputValue& now = c.now[i];
        const InputValue* then = nullptr;
        for (const InputValue& v : c.then) {
          if (v.name == now.name) then = &v;
        }
        rows.put(R"(<tr><th scope="row">{} / {}</th><td data-label="Input"><code>{}</code></td>)",
                 language.language, c.name, now.name);
        if (!a.chosen.empty()) {
          rows.put(R"(<td data-label="Then" class="num">{}</td>)",
                   then != nullptr ? value_words(*then)
                                   : std::string(now.believed() ? "–" : "not known"));
        }
        rows.put(R"(<td data-label="Now" class="num">{}</td><td data-label="Source">{}</td></tr>)",
                 value_words(now),
                 now.source + (now.at == TimePoint{} ? "" : ", " + format_time(now.at)));
      }
    }
  }
  return rows;
}

Html moved_lines(const Assessment& a) {
  Html lines;
  for (const rules::MovedInput& m : a.moved) {
    lines.put(R"(<li><code>{}</code> <span class="num">{} → {}</span></li>)", m.input,
              format_quantity(m.then.value, m.then.unit), format_quantity(m.now.value, m.now.unit));
  }
  return lines;
}

}  // namespace

Html assessment_chip(const Assessment& a) {
  switch (a.result) {
    case AssessmentResult::stands:
      return word_chip("good", "stands");
    case AssessmentResult::leans:
      return word_chip("warn", "leans " + a.leans);
    case AssessmentResult::close:
      return word_chip("quiet", "close");
  }
  return {};
}

Html assessment_body(const Assessment& a) {
  Html html;
  if (a.languages.empty()) return html;
  html.put(R"(<p class="lead">{}; {} of what it weighs is known.</p>)", summary(a),
           format_quantity(a.confidence, Unit::ratio));
  for (const rules::GateEntry& entry : a.gate) {
    html.put(R"(<p>{} <b>{}</b> is behind the fluency gate: {}.</p>)", word_chip("bad", "gate"),
             entry.language, entry.why);
  }
  const Html moved = moved_lines(a);
  if (!moved.empty()) html.put(R"(<p>Moved since the decision:</p><ul>{}</ul>)", moved);
  html.put(
      R"(<div class="scroll"><table class="compact"><thead>{}</thead><tbody>{}</tbody></table></div>)",
      head_row(a), criterion_rows(a));
  if (!a.missing.empty()) {
    std::string names;
    for (const std::string& name : a.missing) names += (names.empty() ? "" : ", ") + name;
    html.put(R"(<p class="hint">Not known, and counted for nobody: {}.</p>)", names);
  }
  Html then;
  if (!a.chosen.empty()) then.put(R"(<th scope="col" class="num">Then</th>)");
  html.put(
      R"(<details><summary>Every input</summary><div class="scroll"><table class="compact"><thead><tr><th scope="col">Language / criterion</th><th scope="col">Input</th>{}<th scope="col" class="num">Now</th><th scope="col">Source</th></tr></thead><tbody>{}</tbody></table></div></details>)",
      then, input_rows(a));
  return html;
}

Html assessment_section(const Assessment& a) {
  Html html;
  if (a.languages.empty()) return html;
  html.put(
      R"(<section aria-labelledby="assessment"><div class="heading"><h2 id="assessment">The decision rerun</h2>{}</div>{}</section>)",
      assessment_chip(a), assessment_body(a));
  return html;
}

}  // namespace revisitd::daemon::web
