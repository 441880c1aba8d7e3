#include "daemon/web/draft_service.h"
#include "daemon/web/pages.h"

namespace revisitd::daemon::web {

HttpResponse draft_page(const Call& call) {
  const std::string& service = call.arguments[0];
  const auto draft = draft_for(call.app, service);
  if (!draft) {
    return error_page(call, 404,
                      "No decision is in force for service \u201C" + service + "\u201D.");
  }
  Page page;
  page.title = service + ": draft";
  page.section = "decisions";
  page.body.put(R"(<p class="crumb"><a href="{}">{}</a></p><h1>Draft of the new decision</h1>)",
                call.links.to({"service", service}), service);
  page.body.put(
      R"(<p class="lead">Written on what is known now. Save it beside the old record as <code>{}</code>, )"
      R"(fill in what is marked TO DECIDE, and set its status to accepted. <a href="{}">Markdown</a></p>)",
      draft->file,
      call.links.to({"api", "v1", "decisions", service, "draft"}).with({{"format", "markdown"}}));
  page.body.put(R"(<pre class="said">{}</pre>)", lines(draft->markdown));
  return page_response(call, page);
}

}  // namespace revisitd::daemon::web
