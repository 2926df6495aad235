package demo

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// pdf writes a one-page A4 document: a title, and lines in a font of fixed width, so that columns made of blanks stand straight.
// At most 60 lines fit. What Windows-1252 does not have is shown as a substitute.
func pdf(title string, lines []string, made time.Time) []byte {
	var text strings.Builder
	fmt.Fprintf(&text, "BT /F1 16 Tf 56 780 Td (%s) Tj ET\n", pdfText(title))
	text.WriteString("56 768 m 539 768 l S\nBT /F2 9.5 Tf 12 TL 56 744 Td\n")
	for _, l := range lines {
		fmt.Fprintf(&text, "(%s) Tj T*\n", pdfText(l))
	}
	text.WriteString("ET\n")
	return pdfObjects([]string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R /Resources << /Font << /F1 4 0 R /F2 5 0 R >> >> >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", text.Len(), text.String()),
		fmt.Sprintf("<< /Title (%s) /Producer (dossier demo) /CreationDate (D:%sZ) >>", pdfText(title), made.Format("20060102150405")),
	})
}

// pdfObjects writes a file of these objects, numbered from 1: the first is the catalogue, the last the document's information.
func pdfObjects(objects []string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, len(objects), xref)
	return b.Bytes()
}

// pdfText is s as the inside of a PDF string.
func pdfText(s string) string {
	s, err := encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder()).String(s)
	if err != nil {
		panic(fmt.Sprintf("demo: encode %q: %v", s, err)) // only invalid UTF-8, and the texts are our own
	}
	return strings.NewReplacer(`\`, `\\`, `(`, `\(`, `)`, `\)`, "\x1a", "?").Replace(s)
}
