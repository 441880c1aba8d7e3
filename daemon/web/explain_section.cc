#include "daemon/web/explain_section.h"

#include "daemon/web/page.h"

namespace revisitd::daemon::web {

Html explain_section(const std::vector<rules::Explanation>& explanations) {
  Html html;
  if (explanations.empty()) return html;
  Html articles;
  for (const rules::Explanation& e : explanations) {
    Html flips;
    for (const rules::Flip& flip : e.flips)
      flips.put("<li>{} {}</li>", verdict_chip(flip.to), flip.text);
    articles.put(R"(<article class="explained"><h3>{}</h3>{})", e.trigger, verdict_chip(e.verdict));
    if (!e.held.empty()) articles.put(R"(<p>No revisit: {}.</p>)", e.held);
    if (flips.empty()) {
      articles.put("<p>No change of one thing alone gives another verdict.</p>");
    } else {
      articles.put(R"(<p>The smallest changes that give another verdict:</p><ul>{}</ul>)", flips);
    }
    articles.put(R"(<details><summary>All numbers</summary><pre>{}</pre></details></article>)",
                 explanation_text(e));
  }
  html.put(
      R"(<section aria-labelledby="explain"><h2 id="explain">Why, and what would change it</h2>{}</section>)",
      articles);
  return html;
}

}  // namespace revisitd::daemon::web
