"""Any Excel workbook read into what it means, and two such meanings compared: was it changed since it was built?"""
