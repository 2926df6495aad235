package demo

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"time"
)

// The parts that every workbook has. Style 1 shows two decimals, style 2 is bold.
const (
	xlsxTypes = xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`
	xlsxRoot = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	xlsxLinks = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`
	xlsxBook = xml.Header + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name=%q sheetId="1" r:id="rId1"/></sheets></workbook>`
	xlsxStyles = xml.Header + `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs></styleSheet>`
)

type xlsxSheet struct {
	XMLName xml.Name  `xml:"http://schemas.openxmlformats.org/spreadsheetml/2006/main worksheet"`
	Rows    []xlsxRow `xml:"sheetData>row"`
}

type xlsxRow struct {
	N     int        `xml:"r,attr"`
	Cells []xlsxCell `xml:"c"`
}

type xlsxCell struct {
	Ref     string   `xml:"r,attr"`
	Style   int      `xml:"s,attr,omitempty"`
	Type    string   `xml:"t,attr,omitempty"`
	Formula string   `xml:"f,omitempty"`
	Value   string   `xml:"v,omitempty"`
	Text    *xlsxTxt `xml:"is"`
}

type xlsxTxt struct {
	T string `xml:"t"`
}

// sum is a cell that adds up a range, with the value that a reader shows before it reckons itself.
type sum struct {
	of    string // e.g. C2:C9
	value cents
}

// xlsx writes a workbook of one sheet. A cell is a string, an int, cents or a sum; the first row is in bold.
func xlsx(sheet string, rows [][]any, made time.Time) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", xlsxTypes},
		{"_rels/.rels", xlsxRoot},
		{"xl/workbook.xml", fmt.Sprintf(xlsxBook, sheet)},
		{"xl/_rels/workbook.xml.rels", xlsxLinks},
		{"xl/styles.xml", xlsxStyles},
		{"xl/worksheets/sheet1.xml", string(marshal(xlsxRows(rows)))},
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate, Modified: made})
		if err == nil {
			_, err = w.Write([]byte(part.text))
		}
		if err != nil {
			panic(fmt.Sprintf("demo: write workbook: %v", err)) // into memory
		}
	}
	if err := z.Close(); err != nil {
		panic(fmt.Sprintf("demo: close workbook: %v", err))
	}
	return b.Bytes()
}

func xlsxRows(rows [][]any) xlsxSheet {
	var s xlsxSheet
	for i, row := range rows {
		r := xlsxRow{N: i + 1}
		for j, v := range row {
			c := cell(v)
			c.Ref = fmt.Sprintf("%c%d", 'A'+j, i+1)
			if i == 0 {
				c.Style = 2
			}
			r.Cells = append(r.Cells, c)
		}
		s.Rows = append(s.Rows, r)
	}
	return s
}

func cell(v any) xlsxCell {
	switch v := v.(type) {
	case int:
		return xlsxCell{Value: fmt.Sprint(v)}
	case cents:
		return xlsxCell{Value: v.String(), Style: 1}
	case sum:
		return xlsxCell{Formula: "SUM(" + v.of + ")", Value: v.value.String(), Style: 1}
	}
	return xlsxCell{Type: "inlineStr", Text: &xlsxTxt{fmt.Sprint(v)}}
}
