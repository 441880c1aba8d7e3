#include "daemon/web/pages.h"
#include "daemon/web/problems.h"

namespace revisitd::daemon::web {
namespace {

Html record_row(const Call& call, const RecordStatusRow& row) {
  bool failed = false;
  Html findings;
  for (const Diagnostic& d : row.diagnostics) {
    failed = failed || d.severity == Severity::error;
    findings.add(diagnostic_block(d));
  }
  Html html;
  html.put(R"(<tr><th scope="row" class="long">{}{}</th>)", row.path, findings);
  if (row.service.empty() || !row.in_force) {
    html.put(R"(<td data-label="Service">{}</td>)", row.service);
  } else {
    html.put(R"(<td data-label="Service"><a href="{}">{}</a></td>)",
             call.links.to({"service", row.service}), row.service);
  }
  const std::string_view word = row.last_good  ? "last good version"
                                : row.in_force ? "watched"
                                               : "not watched";
  html.put(R"(<td data-label="Status">{}</td><td data-label="In force">{}</td></tr>)", row.status,
           word_chip(failed || row.last_good ? "bad"
                     : row.in_force          ? "good"
                                             : "quiet",
                     word));
  return html;
}

}  // namespace

HttpResponse records_page(const Call& call) {
  Html rows;
  for (const RecordStatusRow& row : call.app.records()) rows.add(record_row(call, row));
  Page page;
  page.title = "Records";
  page.section = "records";
  page.body.put("<h1>Records</h1>");
  if (rows.empty()) {
    page.body.put(R"(<p class="empty">No record file was found.</p>)");
  } else {
    page.body.put(
        R"(<div class="scroll"><table><thead><tr><th scope="col">File</th><th scope="col">Service</th><th scope="col">Status</th><th scope="col">In force</th></tr></thead><tbody>{}</tbody></table></div>)",
        rows);
  }
  return page_response(call, page);
}

}  // namespace revisitd::daemon::web
