# SPDX-License-Identifier: MIT
# Lines of a terminal of 100 columns to SVG, of docs/pictures/terminal. What a terminal breaks is broken; the class `more`
# is that of a line's further parts.
function colour(line) {
	if (line ~ /^# /) return "typed"
	if (line ~ /^denyinit: (PASS|PARTIAL)/) return "good"
	if (line ~ /^(denyinit|mount): /) return "bad"
	return "plain"
}
function put(text, class) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	row[++rows] = sprintf("<text x=\"16\" y=\"%d\" class=\"%s\" xml:space=\"preserve\">%s</text>", 28 + 19 * rows, class, text)
}
{
	class = colour($0)
	put(substr($0, 1, columns), class)
	for (at = columns + 1; at <= length($0); at += columns)
		put(substr($0, at, columns), class " more")
}
BEGIN { columns = 100 }
END {
	width = 32 + 8.43 * columns
	height = 40 + 19 * rows
	print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
	print "<!-- Made by docs/pictures/terminal: what the program printed, not to be edited. -->"
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", width, height, width, height
	print "<title>denyinit in a terminal</title>"
	print "<style>text { font: 14px 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #e6edf3 } .typed { fill: #79c0ff; font-weight: bold }"
	print ".good { fill: #7ee787 } .bad { fill: #ffa198 }</style>"
	printf "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#161b22\" stroke=\"#57606a\"/>\n", width, height
	print "<circle cx=\"20\" cy=\"16\" r=\"5\" fill=\"#ff5f56\"/><circle cx=\"38\" cy=\"16\" r=\"5\" fill=\"#ffbd2e\"/><circle cx=\"56\" cy=\"16\" r=\"5\" fill=\"#27c93f\"/>"
	for (i = 1; i <= rows; i++)
		print row[i]
	print "</svg>"
}
